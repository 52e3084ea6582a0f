"""What people do while the server is killed: one class a noun, all at the same time.

Each keeps a ledger of what was acknowledged to it and what it was not answered. Nothing else
writes, so after a restart each knows exactly what has to be there, and what may be.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Generic, Protocol, TypeVar

import httpx

from tests.crash.disk import Found

T = TypeVar("T")

RUSH_LIMIT_S = 120.0
MOST_DELAY_S = 0.05


class Moment:
    """Counts answers, and says when the server dies: some, and a little later."""

    def __init__(self, chance: random.Random, most: int) -> None:
        self.over = asyncio.Event()
        self._left = chance.randint(1, most)
        self._delay_s = chance.uniform(0, MOST_DELAY_S)

    def note(self) -> None:
        """Something was acknowledged."""
        self._left -= 1
        if self._left == 0:
            asyncio.get_running_loop().call_later(self._delay_s, self.over.set)


class Noun(Protocol):
    """People who do one kind of thing."""

    async def work(self, moment: Moment) -> None:
        """Write until the server goes: httpx.TransportError or ConnectionError."""
        ...

    async def check(self, found: Found) -> None:
        """Compare the ledger with what is there now; what was not answered is known then.

        ``found`` was read from the disk before anybody wrote again.
        """
        ...

    def figures(self) -> str:
        """Say how much was acknowledged so far."""
        ...


class Told(Generic[T]):
    """A value as it was acknowledged last, and one that was asked for and not answered."""

    def __init__(self, known: T) -> None:
        self.known = known
        self._asked = known
        self.times = 0

    def ask(self, value: T) -> None:
        """It may be so from now on."""
        self._asked = value

    def acknowledge(self, moment: Moment) -> None:
        """It is so from now on."""
        self.known = self._asked
        self.times += 1
        moment.note()

    def find(self, value: T) -> None:
        """After a restart it is as it was acknowledged, or as it was asked for since."""
        assert value in (self.known, self._asked), (value, self.known, self._asked)
        self.known = self._asked = value


async def until_gone(work: Coroutine[None, None, None]) -> None:
    """Work until the server is gone. One that is there and does not answer is a fault."""
    try:
        await work
    except httpx.TimeoutException:
        raise
    except (httpx.TransportError, ConnectionError):
        return


async def rush(nouns: Sequence[Noun], moment: Moment, die: Callable[[], None]) -> None:
    """Let all work until the moment has come, let the server die, wait until all have noticed."""
    async with asyncio.timeout(RUSH_LIMIT_S), asyncio.TaskGroup() as tasks:
        for noun in nouns:
            tasks.create_task(until_gone(noun.work(moment)))
        await moment.over.wait()
        await asyncio.to_thread(die)
