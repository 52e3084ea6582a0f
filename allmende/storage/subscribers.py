"""Tells each fact once for the whole site, resumed after a stop (architecture, A13).

A subscriber has a place in the log that is moved after its handlers are done, so a fact may come
twice and never gets lost. A fact whose handler fails is parked and told again, first after
seconds, then ever more rarely; those behind it do not wait.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, bindparam, select

from allmende.core.bus import FactHandler
from allmende.core.errors import Unavailable
from allmende.core.events import Fact, fact_name
from allmende.core.ids import FactId
from allmende.storage.cursors import find_cursor, set_cursor
from allmende.storage.database import Database
from allmende.storage.outbox import events, newest_fact
from allmende.storage.parked import find_parked, park, parked_numbers, unpark

AT_A_TIME: Final = 100
LAG: Final = 1_000
"""A place is moved over so many facts of other kinds before it is written down."""
IDLE_S: Final = 3600.0
"""A place is written down at least so often, so that the log can be swept."""
FIRST_RETRY_S: Final = 2.0
LAST_RETRY_S: Final = 3600.0

_LOG: Final = logging.getLogger(__name__)
_OF_KINDS: Final = (
    select(events.c.id, events.c.name, events.c.body)
    .where(events.c.id > bindparam("after"), events.c.name.in_(bindparam("names", expanding=True)))
    .order_by(events.c.id)
    .limit(AT_A_TIME)
)

Decode = Callable[[int, str, str], Fact | None]
OnFailure = Callable[[BaseException], None]
Entry = tuple[int, str, str]


class Subscriber:
    """One name that subscribed, with its handlers by kind. ``run`` tells it until cancelled."""

    def __init__(
        self,
        name: str,
        handlers: Mapping[type[Fact], FactHandler],
        database: Database,
        decode: Decode,
        on_failure: OnFailure,
    ) -> None:
        self.name = name
        self._handlers = handlers
        self._database = database
        self._decode = decode
        self._on_failure = on_failure
        self._names = [fact_name(kind) for kind in handlers]
        self._woken = asyncio.Event()
        self._at = FactId(0)
        self._written = FactId(0)
        self._written_s = 0.0
        self._waiting: dict[FactId, tuple[float, float]] = {}
        """When a parked fact is told again, and after how long the last time."""

    def wake(self, newest: FactId, names: Set[str]) -> None:
        """Look at the log, which goes up to ``newest`` now, if facts of ``names`` concern it."""
        if newest - self._at >= LAG or not names.isdisjoint(self._names):
            self._woken.set()

    async def run(self) -> None:
        """Tell what happened since the last time, then what happens."""
        begun = False
        while True:
            self._woken.clear()
            pause_s = FIRST_RETRY_S
            try:
                if not begun:
                    await self._begin()
                    begun = True
                await self._turn()
                pause_s = self._pause_s()
            except Unavailable as failure:
                _LOG.warning("subscriber %s: %s, trying again", self.name, failure.message_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()

    async def _begin(self) -> None:
        """Take up the place in the log; the first time of all that is its beginning."""

        def question(db: Connection) -> tuple[FactId, list[FactId]]:
            return (
                find_cursor(db, self.name) or FactId(0),
                list(parked_numbers(db, self.name)),
            )

        self._at, waiting = await self._database.read(question)
        self._written = self._at
        self._waiting = dict.fromkeys(waiting, (0.0, FIRST_RETRY_S))

    async def _turn(self) -> None:
        while await self._tell_some():
            pass
        for number in [n for n, (due_s, _) in self._waiting.items() if due_s <= _now_s()]:
            await self._tell_again(number)
        if self._at - self._written >= LAG or _now_s() - self._written_s >= IDLE_S:
            await self._write_place()

    async def _tell_some(self) -> bool:
        """Tell at most ``AT_A_TIME`` facts; return whether there may be more."""

        def question(db: Connection) -> tuple[FactId, list[Entry]]:
            rows = db.execute(_OF_KINDS, {"after": self._at, "names": self._names})
            return newest_fact(db), [(row[0], row[1], row[2]) for row in rows]

        newest, entries = await self._database.read(question)
        for number, name, body in entries:
            if not await self._told(number, name, body):
                await self._park(FactId(number))
            self._at = FactId(number)
        if len(entries) < AT_A_TIME:
            self._at = max(self._at, newest)
        if entries:
            await self._write_place()
        return len(entries) == AT_A_TIME

    async def _told(self, number: int, name: str, body: str) -> bool:
        """Return whether the handler is done with it. What cannot be read is left out."""
        fact = self._decode(number, name, body)
        if fact is None:
            return True
        try:
            await self._handlers[type(fact)](FactId(number), fact)
        except Exception as failure:
            self._on_failure(failure)
            return False
        return True

    async def _park(self, number: FactId) -> None:
        await self._database.write(lambda db: park(db, self.name, number))
        self._waiting[number] = (_now_s() + FIRST_RETRY_S, FIRST_RETRY_S)

    async def _tell_again(self, number: FactId) -> None:
        found = await self._database.read(lambda db: find_parked(db, self.name, number))
        if found is not None and not await self._told(number, *found):
            pause_s = min(self._waiting[number][1] * 2, LAST_RETRY_S)
            self._waiting[number] = (_now_s() + pause_s, pause_s)
            return
        await self._database.write(lambda db: unpark(db, self.name, number))
        del self._waiting[number]

    async def _write_place(self) -> None:
        at = self._at
        if at != self._written:
            await self._database.write(lambda db: set_cursor(db, self.name, at))
            self._written = at
        self._written_s = _now_s()

    def _pause_s(self) -> float:
        due_s = min((due_s for due_s, _ in self._waiting.values()), default=_now_s() + IDLE_S)
        return max(0.0, min(due_s - _now_s(), IDLE_S))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
