"""The conference that lives in this house: ConferenceBackend over our own SFU."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol

from allmende.config.sections import Media, Voice
from allmende.core.clock import Clock
from allmende.core.errors import InvalidInput
from allmende.core.ports.conference import (
    CallEvent,
    CallId,
    CallPlan,
    Capacity,
    Invitee,
    Present,
    Rights,
    Source,
    Ticket,
)
from allmende.media.audio import EmbeddedAudio, VoiceWorkers
from allmende.media.broadcast import Broadcast
from allmende.media.hearing import Hearing
from allmende.media.link import WorkerGone, WorkerListener, WorkerRefused
from allmende.media.signal import moderation
from allmende.media.signal.calls import Calls, Placing
from allmende.media.signal.limits import MAX_DATA_BYTES
from allmende.media.signal.reports import Reports
from allmende.protocols.livekit.messages import DisconnectReason

TICK_S: Final = 1.0


class MediaWorkers(Placing, VoiceWorkers, Protocol):
    """The workers as the conference needs them: `supervisor.Workers`."""

    def listen(self, listener: WorkerListener) -> None:
        """Tell ``listener`` what workers say."""
        ...

    def packets_per_second(self) -> int:
        """Return what the weakest running worker forwards in a second."""
        ...


class EmbeddedConference:
    """A ConferenceBackend. ``run`` belongs to a task of the house.

    ``audio``: legs in the same calls that do not speak LiveKit's protocol.
    """

    def __init__(
        self,
        workers: MediaWorkers,
        secret: bytes,
        clock: Clock,
        settings: Media,
        voice: Voice | None = None,
    ) -> None:
        self._told: Broadcast[CallEvent] = Broadcast()
        self.calls = Calls(workers, secret, clock, self._told.tell)
        self._workers = workers
        self._settings = settings
        self.audio = EmbeddedAudio(self.calls, workers, voice or Voice())
        workers.listen(Reports(self.calls, [Hearing(self.audio)]))

    async def run(self) -> None:
        """Look each second at what ends by itself."""
        self.audio.count()
        while True:
            await asyncio.sleep(TICK_S)
            self.calls.tick()
            self.audio.tick()

    def shut(self) -> None:
        """The server stops: everybody is told."""
        for room in list(self.calls.rooms.values()):
            self.calls.close(room, DisconnectReason.SERVER_SHUTDOWN)

    async def open(self, plan: CallPlan) -> None:
        """Make the call possible. Opening an open call changes its plan. Raises Unavailable."""
        self.calls.open(plan)

    async def close(self, call: CallId) -> None:
        """End the call for everybody. Closed already: nothing."""
        room = self.calls.rooms.get(call)
        if room is not None:
            self.calls.close(room, DisconnectReason.ROOM_DELETED)

    def ticket(self, call: CallId, who: Invitee) -> Ticket:
        """Mint the token of one participant; valid 2 minutes for joining."""
        return Ticket(url="/", token=self.calls.token(call, who))

    async def present(self, call: CallId) -> Sequence[Present]:
        """Return who is connected, in the order of joining."""
        room = self.calls.rooms.get(call)
        if room is None:
            return []
        return [each.present() for each in room.participants.values() if each.known]

    async def set_rights(self, call: CallId, identity: str, rights: Rights) -> None:
        """Change rights; effective in the media plane before anybody is told."""
        room = self.calls.rooms.get(call)
        if room is not None:
            await moderation.set_rights(room, identity, rights)

    async def set_attributes(self, call: CallId, identity: str, changes: Mapping[str, str]) -> None:
        """Set attributes (an empty value removes); ``name`` is the display name."""
        room = self.calls.rooms.get(call)
        if room is not None:
            moderation.set_attributes(room, identity, changes)

    async def mute(self, call: CallId, identity: str, source: Source) -> None:
        """Mute a track. Nobody is ever unmuted by others."""
        room = self.calls.rooms.get(call)
        if room is not None:
            await moderation.mute(room, identity, source)

    async def unmute(self, call: CallId, identity: str) -> None:
        """Let somebody speak again whose microphone stays shut since ``mute``."""
        room = self.calls.rooms.get(call)
        participant = None if room is None else room.of(identity)
        if participant is not None:
            participant.end.unmuted()

    async def remove(self, call: CallId, identity: str) -> None:
        """Put somebody out; their tokens are void until the call is over."""
        room = self.calls.rooms.get(call)
        if room is not None:
            moderation.remove(room, identity)

    async def send(self, call: CallId, topic: str, payload: bytes, to: Sequence[str] = ()) -> None:
        """Send a reliable data message; ``to`` empty: everybody. Raises InvalidInput."""
        if len(payload) > MAX_DATA_BYTES:
            raise InvalidInput("meet.message-too-large")
        room = self.calls.rooms.get(call)
        if room is None:
            return
        command = room.data(topic, payload, to)
        if command is not None:
            # Refused or gone: those who were there are joining anew.
            with suppress(WorkerGone, WorkerRefused):
                await room.worker.ask(command)

    async def capacity(self) -> Capacity:
        """Return what can be carried."""
        packets = self._workers.packets_per_second()
        return Capacity(packets, self._settings.uplink_mbit * 1_000_000)

    def events(self) -> AsyncIterator[CallEvent]:
        """Yield what happens, from now on. Many may listen."""
        return self._told.listen()
