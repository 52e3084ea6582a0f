"""Reads the log of facts after its cursor and hands each fact to the bus (architecture, A12).

One road for all: it is woken by a commit of this process and looks by itself every 2 s for
what others wrote (the command line, a lost wake-up). Those who subscribed are told by tasks of
their own (``subscribers.py``), so that slow work never delays a live page.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from allmende.core.bus import Bus
from allmende.core.errors import NotFound, Unavailable
from allmende.core.events import Fact, fact_name
from allmende.core.ids import FactId
from allmende.storage.database import Database
from allmende.storage.outbox import events, newest_fact
from allmende.storage.subscribers import Subscriber

POLL_S: Final = 2.0
BATCH: Final = 500

_LOG: Final = logging.getLogger(__name__)

_AFTER: Final = (
    select(events.c.id, events.c.name, events.c.body)
    .where(events.c.id > bindparam("after"))
    .order_by(events.c.id)
    .limit(bindparam("limit"))
)
_AFTER_OF_KIND: Final = _AFTER.where(events.c.name.in_(bindparam("names", expanding=True)))
_IN_LOG: Final = select(events.c.id).where(events.c.id == bindparam("after"))

Entry = tuple[int, str, str]
"""Number, name and body of a row of the log."""


class Relay:
    """Delivers facts of ``kinds`` in the order of their numbers, from the start of ``run`` on."""

    def __init__(
        self, database: Database, bus: Bus, kinds: Iterable[type[Fact]], *, poll_s: float = POLL_S
    ) -> None:
        self._database = database
        self._bus = bus
        self._poll_s = poll_s
        self._cursor: FactId | None = None
        self._decoders: dict[str, msgspec.json.Decoder[Fact]] = {}
        for kind in kinds:
            name = fact_name(kind)
            if name in self._decoders:
                raise ValueError(f"two kinds of facts are named {name}")
            self._decoders[name] = msgspec.json.Decoder(kind)
        self._subscribers = [
            Subscriber(name, handlers, database, self._fact, bus.failed)
            for name, handlers in bus.subscribed().items()
        ]

    def work(self) -> Sequence[tuple[str, Coroutine[Any, Any, None]]]:
        """Return the tasks that tell those who subscribed, by name; they run until cancelled.

        Call ``begin`` before: they hear from ``run`` of what comes after it.
        """
        return [(one.name, one.run()) for one in self._subscribers]

    async def begin(self) -> FactId:
        """Set the cursor to the newest fact, if it is not set: all later ones are delivered.

        ``run`` does it too; call it earlier where changes may come before ``run`` does.
        """
        if self._cursor is None:
            self._cursor = await self._database.read(newest_fact)
        return self._cursor

    async def run(self, committed: asyncio.Event) -> None:
        """Deliver until cancelled. ``committed`` is set by the database after each commit."""
        while True:
            committed.clear()
            try:
                while await self._deliver_some():
                    pass
            except Unavailable as failure:
                _LOG.warning("relay: %s, trying again", failure.message_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await committed.wait()

    def facts_after(
        self, db: Connection, after: FactId, limit: int = BATCH
    ) -> Sequence[tuple[FactId, Fact]]:
        """Return the ``limit`` oldest known facts after ``after``, in order. Index: primary key.

        Raises NotFound ``live.too-old`` if ``after`` is no number of the log, or no longer: the
        page has to be loaded again. Numbers from ``newest_fact`` are in the log for 7 days.
        """
        if db.execute(_IN_LOG, {"after": after}).first() is None:
            raise NotFound("live.too-old")
        names = list(self._decoders)
        rows = db.execute(_AFTER_OF_KIND, {"after": after, "limit": limit, "names": names})
        return [(FactId(row[0]), fact) for row in rows if (fact := self._fact(*row)) is not None]

    async def _deliver_some(self) -> bool:
        """Deliver at most ``BATCH`` facts; return whether there were any."""
        after = await self.begin()

        def new(db: Connection) -> list[Entry]:
            rows = db.execute(_AFTER, {"after": after, "limit": BATCH})
            return [(row[0], row[1], row[2]) for row in rows]

        entries = await self._database.read(new)
        for number, name, body in entries:
            # The cursor moves first: a fact is told once, whatever becomes of its handlers.
            self._cursor = FactId(number)
            fact = self._fact(number, name, body)
            if fact is not None:
                await self._bus.deliver(FactId(number), fact)
        names = {name for _, name, _ in entries}
        for one in self._subscribers if entries else ():
            one.wake(FactId(entries[-1][0]), names)
        return bool(entries)

    def _fact(self, number: int, name: str, body: str) -> Fact | None:
        """Return the fact, or None if its kind is unknown or it is of another shape."""
        decoder = self._decoders.get(name)
        if decoder is None:
            return None
        try:
            return decoder.decode(body)
        except msgspec.DecodeError:
            _LOG.exception("fact %d, %s, cannot be read and is left out", number, name)
            return None
