"""Sends what somebody's cameras and microphones make, in their time, over a connection."""

import asyncio
import random
from collections.abc import Sequence
from typing import Protocol

from bench.meet.client import RtcClient
from bench.meet.streams import Numbers, Source, key_frames_asked


class Player(Protocol):
    """Whose sources they are; silent while not ``playing``. ``lives``: connections so far."""

    lives: int
    playing: bool
    sources: Sequence[Source]


class Playing:
    """From `begin` to `stop`. ``mids``: of the sections of the sources, in their order."""

    def __init__(self, player: Player, client: RtcClient, mids: Sequence[str]) -> None:
        self._player = player
        self._client = client
        self._mids = mids
        self._numbers = Numbers()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._loop = asyncio.get_running_loop()
        client.on_rtcp = self._heard

    def begin(self) -> None:
        """Send from now on. People do not start their cameras in the same millisecond."""
        for place, source in enumerate(self._player.sources):
            due_s = self._loop.time() + random.uniform(0, source.period_s)
            self._timers[place] = self._loop.call_at(due_s, self._play, place, due_s)

    def stop(self) -> None:
        """Send no more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _play(self, place: int, due_s: float) -> None:
        source = self._player.sources[place]
        if self._player.playing:
            for packet in source.packets(self._mids[place], self._numbers):
                self._client.send_rtp(packet)
        due_s += source.period_s
        self._timers[place] = self._loop.call_at(due_s, self._play, place, due_s)

    def _heard(self, packet: bytes) -> None:
        for ssrc in key_frames_asked(packet):
            for source in self._player.sources:
                source.wants_key(ssrc)
