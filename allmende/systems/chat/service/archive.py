"""The one queue in which everything waits that is kept before it is delivered (spec chat, 5).

One commit takes up to 500 items; what follows from an item happens after that commit, in order.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection

from allmende.core.errors import AllmendeError, Unavailable
from allmende.storage.database import Database

MOST: Final = 500
"""Items of one commit."""

APART_S: Final = 0.005
"""Between the beginnings of two commits, at least: so that they fill."""

MAX_WAITING: Final = 10_000
_AGAIN_S: Final = 5.0

_log: Final = logging.getLogger(__name__)

N = TypeVar("N", contravariant=True)
K = TypeVar("K", covariant=True)
New = TypeVar("New")
Kept = TypeVar("Kept")


class Shelf(Protocol[N, K]):
    """Where one kind of thing is kept."""

    def add(self, db: Connection, items: Sequence[N]) -> Sequence[K]:
        """Keep ``items`` and return what became of each, in their order. A change: it may be run
        more than once, and touches nothing but ``db``.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    shelf: Shelf[Any, Any] | None
    item: Any
    after: Callable[[Any], object]
    failed: Callable[[AllmendeError], object]


class ArchiveQueue:
    """Takes things at any time; `run` keeps them."""

    def __init__(
        self,
        database: Database,
        *,
        most: int = MOST,
        apart_s: float = APART_S,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._database = database
        self._most, self._apart_s, self._max_waiting = most, apart_s, max_waiting
        self._waiting: deque[_Entry] = deque()
        self._filled, self._roomy, self._empty = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._roomy.set()
        self._empty.set()

    def __len__(self) -> int:
        """Return how many wait, or are being kept now."""
        return len(self._waiting)

    def put(
        self,
        shelf: Shelf[New, Kept],
        item: New,
        after: Callable[[Kept], object],
        failed: Callable[[AllmendeError], object],
    ) -> None:
        """Keep ``item``; then ``after`` is called, or ``failed`` where it could not be kept.

        Exactly one of them is called, in the order of the queue, unless the house stops first.
        """
        self._put(_Entry(shelf, item, after, failed))

    def behind(self, after: Callable[[], object]) -> None:
        """Have ``after`` called behind all that waits now."""
        self._put(_Entry(None, None, lambda _: after(), _nothing))

    async def space(self) -> None:
        """Wait while too much waits. Who reads from clients asks this first, and so reads on
        later.
        """
        await self._roomy.wait()

    async def drained(self) -> None:
        """Wait until nothing waits."""
        await self._empty.wait()

    async def run(self) -> None:
        """Keep what comes, until it is cancelled."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time() - self._apart_s
        while True:
            await self._filled.wait()
            early_s = begun_s + self._apart_s - loop.time()
            if early_s > 0:
                await asyncio.sleep(early_s)
            begun_s = loop.time()
            await self._next()

    # --- inside -------------------------------------------------------------------------

    def _put(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self._filled.set()
        self._empty.clear()
        if len(self._waiting) >= self._max_waiting:
            self._roomy.clear()

    async def _next(self) -> None:
        some = [self._waiting[place] for place in range(min(self._most, len(self._waiting)))]
        await self._keep(some)
        for _ in some:
            self._waiting.popleft()
        if len(self._waiting) < self._max_waiting:
            self._roomy.set()
        if not self._waiting:
            self._filled.clear()
            self._empty.set()

    async def _keep(self, some: Sequence[_Entry]) -> None:
        """Keep all in one commit; if one of them cannot be kept, each in its own."""
        try:
            outcomes = await self._commit(some)
        except Unavailable as problem:
            for entry in some:
                _call(entry.failed, problem)
        except Exception as problem:
            if len(some) == 1:
                _refuse(some[0], problem)
                return
            for entry in some:
                await self._keep([entry])
        else:
            for entry, outcome in zip(some, outcomes, strict=True):
                _call(entry.after, outcome)

    async def _commit(self, some: Sequence[_Entry]) -> Sequence[Any]:
        places: dict[int, list[int]] = {}
        for place, entry in enumerate(some):
            if entry.shelf is not None:
                places.setdefault(id(entry.shelf), []).append(place)
        if not places:
            return [None] * len(some)

        def keep(db: Connection) -> Sequence[Any]:
            outcomes: list[Any] = [None] * len(some)
            for of_one in places.values():
                shelf: Any = some[of_one[0]].shelf
                items = [some[place].item for place in of_one]
                for place, outcome in zip(of_one, shelf.add(db, items), strict=True):
                    outcomes[place] = outcome
            return outcomes

        return await self._database.write(keep)


def _refuse(entry: _Entry, problem: Exception) -> None:
    if isinstance(problem, AllmendeError):
        _call(entry.failed, problem)
        return
    _log.error("something could not be kept", exc_info=problem)
    _call(entry.failed, Unavailable("chat.not-kept", retry_after_s=_AGAIN_S))


def _call(what: Callable[[Any], object], value: object) -> None:
    """One delivery that fails takes no other along."""
    try:
        what(value)
    except Exception:
        _log.exception("something was kept, but not delivered")


def _nothing(_: AllmendeError) -> None:
    """There was nothing to keep."""
