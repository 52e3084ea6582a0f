"""The media worker dies: desktop client, generated client and light page are back by themselves."""

import asyncio
import math
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bench.processes import worker_of
from bench.voice.client import Native, Way
from tests.browser.stories import needs
from tests.crash.house import Tell
from tests.interop.voice import desktop as screens
from tests.interop.voice.builds import OLD
from tests.interop.voice.desktop import HERTZ, Desktop, desktop, make_certificate
from tests.interop.voice.test_desktop import (
    FROM_DESKTOP,
    FROM_PAGE,
    HOST,
    NEAR,
    Room,
    room,
    there,
)

BACK_WITHIN_S: Final = 10.0
_GIVE_UP_S: Final = 30.0
_TALKS_S: Final = 120
_NEWEST_S: Final = 0.25
_LOOK_EVERY_S: Final = 0.05
_LIGHT_NEAR: Final = 0.02
"""The page looks at its tone in steps of 6 Hz."""

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.alone, needs(*screens.NEEDED)]


class Ears:
    """Who hears whom; each is asked again until it is true."""

    def __init__(self, call: Room, client: Desktop, native: Native, recording: Path) -> None:
        self.call, self.client, self.native = call, client, native
        self.recording = recording

    def session(self, name: str) -> int:
        """Return the session of somebody, as the generated client was told."""
        for session, user in self.native.users.items():
            if user.name is not None and user.name.startswith(name):
                return session
        raise LookupError(name)

    async def native_hears(self, name: str) -> float:
        """Wait until the generated client hears somebody; return when."""
        heard = self.native.heard.frames
        heard.clear()
        session = self.session(name)
        return await _asked(lambda: any(each[0] == session for each in list(heard)))

    async def page_hears(self) -> float:
        """Wait until the light page hears the desktop client; return when."""
        mara = self.call.mara
        return await _asked(
            lambda: abs(mara.tell("listens", ms=500)["hertz"] / FROM_DESKTOP - 1) <= _LIGHT_NEAR
        )

    async def client_hears(self) -> float:
        """Wait until the desktop client hears the light page; return when."""
        return await _asked(self._client_heard)

    def _client_heard(self) -> bool:
        self.client.rest(0.3)
        newest = self.client.folder / "newest.raw"
        with self.recording.open("rb") as heard:
            size = heard.seek(0, os.SEEK_END)
            heard.seek(max(0, size - 2 * int(HERTZ * _NEWEST_S)))
            newest.write_bytes(heard.read())
        return abs(self.client.frequency(newest) / FROM_PAGE - 1) <= NEAR

    async def all_hear(self) -> dict[str, float]:
        """Wait until everybody hears; return when each of them did, infinite for never."""
        found = await asyncio.gather(
            self.native_hears("Tester"),
            self.native_hears("Mara"),
            self.page_hears(),
            self.client_hears(),
        )
        ways = ("desktop to generated", "page to generated", "desktop to page", "page to desktop")
        return dict(zip(ways, found, strict=True))


async def _asked(true: Callable[[], bool]) -> float:
    until = time.monotonic() + _GIVE_UP_S
    while not await asyncio.to_thread(true):
        if time.monotonic() > until:
            return math.inf
        await asyncio.sleep(_LOOK_EVERY_S)
    return time.monotonic()


async def story(call: Room, client: Desktop, recording: Path) -> dict[str, float]:
    """Hear each other, lose the worker, hear each other; return after how many seconds."""
    way = Way(HOST, call.port, call.token, protobuf=True)
    native = await Native("generated", way).enter()
    try:
        ears = Ears(call, client, native, recording)
        before = await ears.all_hear()
        assert max(before.values()) < math.inf, before
        rooms = {name: native.users[ears.session(name)].channel_id for name in ("Tester", "Mara")}
        worker = worker_of(call.pid)
        os.kill(worker.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        await asyncio.to_thread(_wait_for_another, call.pid, worker.pid)
        back = await ears.all_hear()
        for name, channel in rooms.items():
            assert native.users[ears.session(name)].channel_id == channel, name
    finally:
        await native.leave()
    return {way: at - killed_at for way, at in back.items()}


def _wait_for_another(server: int, worker: int) -> None:
    until = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < until:
        try:
            if worker_of(server).pid != worker:
                return
        except LookupError:
            pass  # between the two there is none
    raise TimeoutError("no new worker")


@there(OLD)
def test_all_are_back_by_themselves_after_the_worker_was_killed(tmp_path: Path, tell: Tell) -> None:
    (tmp_path / "desk").mkdir()
    with (
        room(tmp_path / "house", "comesLight") as call,
        desktop(tmp_path / "desk", call.url("Tester"), HOST, call.port) as client,
    ):
        make_certificate(client)
        call.mara.tell("sees", text="Tester")
        call.mara.tell("whistles", on=True)
        client.start_tone(FROM_DESKTOP, _TALKS_S)
        with client.hearing("all") as recording:
            back = asyncio.run(story(call, client, recording))
        tell("; ".join(f"{way} after {at:.1f} s" for way, at in back.items()))
        assert max(back.values()) <= BACK_WITHIN_S, back
