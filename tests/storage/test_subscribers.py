"""Once for the whole site, resumed after a stop, whatever handlers do."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.ids import FactId
from allmende.storage import subscribers
from allmende.storage.cursors import find_cursor
from allmende.storage.outbox import newest_fact, record
from allmende.storage.parked import parked, parked_numbers
from allmende.storage.relay import Relay
from allmende.storage.subscribers import AT_A_TIME, LAG
from tests.databases import AnyDatabase, Place
from tests.storage.notes import NOON, NoteMade, adding, bodies, make_table, notes, read, write

KILLS = int(os.environ.get("ALLMENDE_KILLS", "3"))
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSeen(Fact):
    note_id: int


class Ear:
    """Subscribes to notes under a name and hears their numbers."""

    def __init__(self, bus: Bus, name: str = "test.ear") -> None:
        self.heard: list[int] = []
        self.refuses: set[int] = set()
        self._changed = asyncio.Event()
        bus.subscribe(NoteMade, name, self._hear)

    async def _hear(self, _: FactId, fact: NoteMade) -> None:
        if fact.note_id in self.refuses:
            raise RuntimeError(f"note {fact.note_id}")
        self.heard.append(fact.note_id)
        self._changed.set()

    async def has(self, count: int) -> list[int]:
        while len(self.heard) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.heard


class Site:
    """What a running server does with the log: ``run`` a story beside relay and subscribers."""

    def __init__(self, place: Place) -> None:
        self.failures: list[BaseException] = []
        self.bus = Bus(self.failures.append)
        self.committed = asyncio.Event()
        self.database: AnyDatabase = place.open(on_commit=self.committed.set)

    async def until(self, done: Callable[[Connection], bool]) -> None:
        """Ask again and again; the story has a time limit."""
        while True:
            if await self.database.read(done):
                return
            await asyncio.sleep(0)

    async def run(self, story: Callable[[], Awaitable[None]]) -> None:
        relay = Relay(self.database, self.bus, [NoteMade, NoteSeen])
        await relay.begin()
        work = [relay.run(self.committed), *(one for _, one in relay.work())]
        tasks = [asyncio.ensure_future(one) for one in work]
        try:
            async with asyncio.timeout(20):
                await story()
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await asyncio.to_thread(self.database.close)


def test_what_happened_while_nobody_listened_is_told_once_and_in_order(place: Place) -> None:
    make_table(place)
    beside = place.open()
    before = [write(beside, adding(f"before {n}")) for n in range(AT_A_TIME + 3)]

    async def first() -> None:
        site = Site(place)
        ear = Ear(site.bus)

        async def story() -> None:
            assert await ear.has(len(before)) == before
            # Written down after the handlers, so it is known at the next start.
            await site.until(lambda db: find_cursor(db, "test.ear") is not None)
            live = await site.database.write(adding("live"))
            assert await ear.has(len(before) + 1) == [*before, live]

        await site.run(story)

    asyncio.run(first())
    missed = write(beside, adding("by the command line"))

    async def second() -> None:
        site = Site(place)
        ear = Ear(site.bus)

        async def story() -> None:
            assert (await ear.has(1))[-1] == missed

        await site.run(story)
        assert ear.heard[-1] == missed
        assert len(ear.heard) <= 2

    asyncio.run(second())
    beside.close()


def test_a_handler_that_fails_holds_up_nobody_and_is_asked_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "FIRST_RETRY_S", 0.01)
    make_table(place)

    async def main() -> None:
        site = Site(place)
        ear, other = Ear(site.bus), Ear(site.bus, "test.other")

        async def story() -> None:
            ear.refuses.add(1)
            poison = await site.database.write(adding("poison"))
            good = await site.database.write(adding("good"))
            assert await other.has(2) == [poison, good]
            assert await ear.has(1) == [good]
            await site.until(lambda _: len(site.failures) >= 3)
            ear.refuses.clear()
            assert await ear.has(2) == [good, poison]
            await site.until(lambda db: not parked_numbers(db, "test.ear"))

        await site.run(story)
        assert {str(failure) for failure in site.failures} == {"note 1"}

    asyncio.run(main())


def test_what_failed_before_a_stop_is_told_after_it(place: Place) -> None:
    make_table(place)
    beside = place.open()
    numbers = [write(beside, adding(str(n))) for n in range(3)]

    async def first() -> None:
        site = Site(place)
        ear = Ear(site.bus)
        ear.refuses.add(numbers[1])

        async def story() -> None:
            assert await ear.has(2) == [numbers[0], numbers[2]]
            await site.until(lambda db: find_cursor(db, "test.ear") == newest_fact(db))

        await site.run(story)

    async def second() -> None:
        site = Site(place)
        ear = Ear(site.bus)

        async def story() -> None:
            assert await ear.has(1) == [numbers[1]]

        await site.run(story)

    asyncio.run(first())
    assert read(beside, lambda db: len(db.execute(select(parked)).all())) == 1
    asyncio.run(second())
    beside.close()


def test_kinds_under_one_name_keep_their_order_and_others_move_its_place(place: Place) -> None:
    make_table(place)

    async def main() -> None:
        site = Site(place)
        told: list[tuple[str, int]] = []
        enough = asyncio.Event()

        async def made(_: FactId, fact: NoteMade) -> None:
            told.append(("made", fact.note_id))

        async def seen(_: FactId, fact: NoteSeen) -> None:
            told.append(("seen", fact.note_id))
            enough.set()

        site.bus.subscribe(NoteMade, "test.both", made)
        site.bus.subscribe(NoteSeen, "test.both", seen)
        idle = Ear(site.bus, "test.idle")

        def many(db: Connection) -> None:
            for n in range(LAG + 1):
                record(db, NoteSeen(at=NOON, note_id=n))

        async def story() -> None:
            note = await site.database.write(adding("one"))
            await site.database.write(lambda db: record(db, NoteSeen(at=NOON, note_id=note)))
            await enough.wait()
            assert told[:2] == [("made", note), ("seen", note)]
            await idle.has(1)
            await site.database.write(many)
            await site.until(lambda db: (find_cursor(db, "test.idle") or 0) > LAG)

        await site.run(story)
        assert site.failures == []

    asyncio.run(main())


@pytest.mark.slow
def test_a_fact_committed_before_a_kill_is_dealt_with_after_the_restart(place: Place) -> None:
    make_table(place)
    for cycle in range(KILLS):
        promised = written_until_killed(place, cycle)
        beside = place.open()

        def dealt_with(db: Connection) -> bool:
            wanted = {f"about {n}" for n in db.execute(notes_only).scalars()}
            return wanted <= set(bodies(db))

        async def main(done: Callable[[Connection], bool] = dealt_with) -> None:
            site = Site(place)
            site.bus.subscribe(NoteMade, "test.copies", copying(site.database))

            async def story() -> None:
                await site.until(done)

            await site.run(story)

        asyncio.run(main())
        assert promised <= set(read(beside, lambda db: db.execute(notes_only).scalars().all()))
        beside.close()


notes_only = select(notes.c.id).where(notes.c.body.not_like("about %"))


def copying(database: AnyDatabase) -> Callable[[FactId, NoteMade], Awaitable[None]]:
    """An idempotent handler: a note about each note, once."""

    async def copy(_: FactId, fact: NoteMade) -> None:
        def change(db: Connection) -> None:
            about = f"about {fact.note_id}"
            if about not in bodies(db):
                db.execute(notes.insert().values(body=about))

        await database.write(change)

    return copy


def written_until_killed(place: Place, cycle: int) -> set[int]:
    """Let a program write and deal with notes, kill it, return what it acknowledged."""
    command = [sys.executable, "-m", "tests.storage.subscribing", place.url, str(place.data)]
    with subprocess.Popen(
        [*command, str(cycle)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(1 + secrets.randbelow(40))]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
    return {int(line) for line in lines if line.endswith("\n")}
