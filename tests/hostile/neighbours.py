"""A call beside the one that is attacked, on a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from bench.meet.call import Call, held_call, sources_of

T = TypeVar("T")

PEOPLE = TALKERS = 2
PATIENCE_S = 60.0
MOST_LOST = 0.005
ON_THE_WAY = 10
"""Packets that were sent when they were counted, and not heard yet."""


class Neighbours:
    """Two people without cameras who hear each other."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._over = asyncio.Event()
        self._call: asyncio.Future[Call] = self._loop.create_future()
        self._held = asyncio.run_coroutine_threadsafe(self._hold(), self._loop)
        self.call = self._run(self._opened())
        self._lives = [person.lives for person in self.call.people]

    async def _hold(self) -> None:
        try:
            sources = sources_of(PEOPLE, 0, TALKERS, 180, simulcast=False)
            async with held_call(self._url, sources) as call:
                self._call.set_result(call)
                await self._over.wait()
        except BaseException as failure:
            if self._call.done():
                raise
            self._call.set_exception(failure)

    async def _opened(self) -> Call:
        return await self._call

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def begin(self) -> None:
        """Count from now on."""

        async def begin() -> None:
            self.call.begin_counting()

        self._run(begin())

    def hear(self, packets: int) -> None:
        """Return when both have heard so many more: what was sent before was looked at."""

        async def hear() -> None:
            wanted = self.call.heard() + packets
            await self.call.until(lambda: self.call.heard() >= wanted, PATIENCE_S)

        self._run(hear())

    def check(self) -> None:
        """Nobody was thrown out, and nothing was lost."""
        self.hear(20)

        async def figures() -> tuple[int, int, list[int]]:
            lives = [person.lives for person in self.call.people]
            return self.call.expected(), self.call.heard(), lives

        expected, heard, lives = self._run(figures())
        assert lives == self._lives
        assert expected - heard <= expected * MOST_LOST + ON_THE_WAY, (expected, heard)

    def close(self) -> None:
        async def leave() -> None:
            self._over.set()

        self._run(leave())
        self._held.result(PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
