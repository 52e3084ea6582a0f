"""Commit first, tell after."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, insert

from allmende.core.bus import Bus
from allmende.core.errors import NotFound
from allmende.core.events import Fact
from allmende.core.ids import FactId
from allmende.storage.outbox import events, newest_fact, record
from allmende.storage.relay import BATCH, Relay
from tests.databases import AnyDatabase, Place
from tests.storage.notes import NOON, NoteMade, add_note, adding, make_table, read


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteGone(Fact):
    note_id: int


class Listener:
    """Collects note numbers until there are enough."""

    def __init__(self, enough: int) -> None:
        self.heard: list[tuple[int, int]] = []
        self.failures: list[BaseException] = []
        self.bus = Bus(self.failures.append)
        self._enough = enough
        self.done = asyncio.Event()
        self.bus.watch(NoteMade, self._hear)

    async def _hear(self, number: FactId, fact: NoteMade) -> None:
        self.heard.append((number, fact.note_id))
        if len(self.heard) >= self._enough:
            self.done.set()


async def during(
    relay: Relay, committed: asyncio.Event, story: Callable[[], Awaitable[None]]
) -> None:
    await relay.begin()
    running = asyncio.ensure_future(relay.run(committed))
    try:
        async with asyncio.timeout(20):
            await story()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def test_facts_are_told_in_the_order_of_their_numbers_soon_after_the_commit(place: Place) -> None:
    make_table(place)

    async def main() -> None:
        committed, listener = asyncio.Event(), Listener(1000)
        inner = place.open(on_commit=committed.set)
        relay = Relay(inner, listener.bus, [NoteMade], poll_s=3600)

        async def story() -> None:
            await asyncio.gather(*(inner.write(adding(str(n))) for n in range(900)))

            def many(db: Connection) -> int:
                return sum(add_note(db, f"m{n}") for n in range(100))

            await inner.write(many)
            await listener.done.wait()

        await during(relay, committed, story)
        await asyncio.to_thread(inner.close)
        numbers = [number for number, _ in listener.heard]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 1000
        assert listener.failures == []

    assert BATCH < 900
    asyncio.run(main())


def test_what_another_process_wrote_is_found_by_looking(place: Place) -> None:
    make_table(place)

    async def main() -> None:
        listener = Listener(1)
        inner, other = place.open(), place.open()
        relay = Relay(inner, listener.bus, [NoteMade], poll_s=0.01)

        async def story() -> None:
            note_id = await other.write(adding("from the command line"))
            await listener.done.wait()
            assert [told for _, told in listener.heard] == [note_id]

        await during(relay, asyncio.Event(), story)
        for database in (inner, other):
            await asyncio.to_thread(database.close)

    asyncio.run(main())


def test_handlers_and_rows_that_fail_do_not_stop_it(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    make_table(place)

    async def main() -> None:
        committed, listener = asyncio.Event(), Listener(2)

        async def fails(number: FactId, fact: NoteMade) -> None:
            raise RuntimeError("handler")

        listener.bus.watch(NoteMade, fails)
        inner = place.open(on_commit=committed.set)
        relay = Relay(inner, listener.bus, [NoteMade, NoteGone])

        async def story() -> None:
            await inner.write(adding("one"))
            broken = insert(events).values(name="notes.NoteMade", body="{", at=NOON)
            await inner.write(lambda db: db.execute(broken).rowcount)
            strange = insert(events).values(name="of.Tomorrow", body="{}", at=NOON)
            await inner.write(lambda db: db.execute(strange).rowcount)
            await inner.write(adding("two"))
            await listener.done.wait()
            await asyncio.sleep(0)

        with caplog.at_level(logging.ERROR):
            await during(relay, committed, story)
        await asyncio.to_thread(inner.close)
        assert len(listener.failures) == 2

    asyncio.run(main())
    assert "cannot be read" in caplog.text


def test_a_page_that_was_away_gets_what_it_missed(bare: AnyDatabase) -> None:
    relay = Relay(bare, Bus(lambda failure: None), [NoteMade])
    begun = read(bare, newest_fact)
    numbers = [asyncio.run(bare.write(adding(str(n)))) for n in range(5)]
    asyncio.run(bare.write(lambda db: record(db, NoteGone(at=NOON, note_id=1))))
    told = read(bare, lambda db: relay.facts_after(db, begun, 3))
    assert [fact for _, fact in told] == [NoteMade(at=NOON, note_id=n) for n in numbers[:3]]
    rest = read(bare, lambda db: relay.facts_after(db, told[-1][0]))
    assert [fact for _, fact in rest] == [NoteMade(at=NOON, note_id=n) for n in numbers[3:]]
    newest = read(bare, newest_fact)
    assert read(bare, lambda db: relay.facts_after(db, newest)) == []


@pytest.mark.parametrize("after", [0, -1, 10**9])
def test_a_number_that_is_not_in_the_log_means_load_again(bare: AnyDatabase, after: int) -> None:
    relay = Relay(bare, Bus(lambda failure: None), [NoteMade])
    with pytest.raises(NotFound) as refused:
        read(bare, lambda db: relay.facts_after(db, FactId(after)))
    assert refused.value.message_id == "live.too-old"


def test_two_kinds_of_one_name_are_refused(bare: AnyDatabase) -> None:
    with pytest.raises(ValueError, match=r"notes\.NoteMade"):
        Relay(bare, Bus(lambda failure: None), [NoteMade, NoteMade])
