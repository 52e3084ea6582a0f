"""What was acknowledged is on disk, what is on disk is acknowledged, and nothing is there twice."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, text

from allmende.core.errors import NotFound, Unavailable
from allmende.systems.pads.model.history import STATE_ROWS
from allmende.systems.pads.model.pad import History
from allmende.systems.pads.service.engine import PadEngine, flushing
from allmende.systems.pads.store import editors as store
from allmende.systems.pads.store import keyframes, log, pads
from allmende.transports.tasks import background, crew
from tests.databases import AnyDatabase, Twice
from tests.systems.pads.editors import Editor
from tests.systems.pads.rows import NOON, add_pad, appended, read, rows_of, typed
from tests.systems.pads.writing import House

T = TypeVar("T")


class Moody:
    """A database that can fail: before it writes, or so that its answer is lost."""

    def __init__(self, inner: Twice | AnyDatabase) -> None:
        self._inner = inner
        self.refuses = False
        self.loses_answers = False
        self.fails_for: Callable[[Any], bool] = lambda _: False
        self.writes = 0
        self.reads_fail = False
        self.failed_reads = 0

    async def read(self, question: Callable[[Connection], T]) -> T:
        if self.reads_fail:
            self.failed_reads += 1
            raise Unavailable("storage.unavailable")
        return await self._inner.read(question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        if self.refuses:
            raise Unavailable("storage.disk-full")
        if self.fails_for(change):
            raise RuntimeError("a bug")
        self.writes += 1
        value = await self._inner.write(change)
        if self.loses_answers:
            raise Unavailable("storage.unavailable")
        return value

    async def tidy(self) -> None:
        await self._inner.tidy()


@pytest.fixture
def house(database: Twice) -> House:
    return House(database)


@pytest.fixture
def moody(sqlite: AnyDatabase) -> tuple[House, Moody]:
    database = Moody(sqlite)
    return House(database), database


async def content(engine: PadEngine, house: House) -> str:
    return read([await engine.encoded(house.pad.id)])


def test_an_acknowledged_edit_survives_and_is_acknowledged_only_then(house: House) -> None:
    async def story() -> str:
        async with house.editing(2) as (one, other):
            one.write("auf der Platte")
            await other.until(lambda: other.text == "auf der Platte")
            assert other.saved != other.doc.get_state()
            assert await house.engine.flush()
            await one.until(lambda: one.saved == one.doc.get_state())
            return await content(house.new_engine(), house)

    assert house.run(story()) == "auf der Platte"


def test_edits_of_several_in_one_flush_are_one_row_each_and_one_batch(house: House) -> None:
    async def story() -> None:
        async with house.editing(3) as (one, other, _):
            for editor in (one, other, one):
                editor.write("x")
            await house.all_say([one, other], "xxx")
            await house.engine.flush()

    house.run(story())
    rows = house.ask(lambda db: log.rows_after(db, house.pad.id, 0, most=9))
    assert [(row.seq, row.batch, row.edits) for row in rows] == [(1, 1, 2), (2, 1, 1)]
    assert len({row.session_id for row in rows}) == 2


def test_all_dirty_pads_share_one_change(moody: tuple[House, Moody]) -> None:
    house, database = moody

    async def story() -> int:
        others = [await database.write(partial(add_pad, place=f"x:{n}")) for n in range(5)]
        for pad in others:
            await house.engine.encoded(pad.id)
        waiting = [house.engine.edit(pad.id, None, lambda doc: say(doc, "da")) for pad in others]
        async with crew() as tasks:
            for work in waiting:
                tasks.start(work)
            await asyncio.sleep(0)
            before = database.writes
            await house.engine.flush()
            return database.writes - before

    assert house.run(story()) == 1


def say(doc: Any, words: str) -> None:
    doc.get("body", type=type(Editor(1).body)).insert(0, words)


def test_what_the_disk_refuses_is_kept_told_after_two_seconds_and_written_later(
    moody: tuple[House, Moody],
) -> None:
    house, database = moody

    async def story() -> str:
        async with house.editing(1) as (editor,):
            editor.write("fast verloren")
            database.refuses = True
            await editor.until(lambda: house.engine.open_pads[0].live.dirty)
            assert not await house.engine.flush()
            house.clock.turn(seconds=2)
            await house.engine.tidy()
            await editor.until(lambda: editor.told("unsaved"))
            assert editor.saved != editor.doc.get_state()
            database.refuses = False
            assert await house.engine.flush()
            await editor.until(lambda: editor.saved == editor.doc.get_state())
            return await content(house.new_engine(), house)

    assert house.run(story()) == "fast verloren"


def test_a_change_whose_answer_was_lost_is_there_once(moody: tuple[House, Moody]) -> None:
    house, database = moody

    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("einmal")
            await editor.until(lambda: house.engine.open_pads[0].live.dirty)
            database.loses_answers = True
            assert not await house.engine.flush()
            editor.write(" und mehr")
            database.loses_answers = False
            await asyncio.sleep(0)
            assert await house.engine.flush()
            await house.engine.flush()
            await editor.until(lambda: editor.saved == editor.doc.get_state())

    house.run(story())
    rows = house.ask(lambda db: log.rows_after(db, house.pad.id, 0, most=9))
    assert [row.seq for row in rows] == [1, 2]
    assert read([row.payload for row in rows]) == "einmal und mehr"


def test_one_pad_that_cannot_be_written_keeps_no_other_from_the_disk(
    moody: tuple[House, Moody],
) -> None:
    house, database = moody

    async def story() -> None:
        bad = await database.write(lambda db: add_pad(db, place="x:bad"))
        database.fails_for = lambda change: bad.id in ids_of(change)
        async with crew() as tasks, house.editing(1) as (editor,):
            tasks.start(house.engine.edit(bad.id, None, lambda doc: say(doc, "schlecht")))
            editor.write("gut")
            await editor.until(lambda: sum(one.live.dirty for one in house.engine.open_pads) == 2)
            assert not await house.engine.flush()
            await editor.until(lambda: editor.saved == editor.doc.get_state())
            database.fails_for = lambda _: False
            assert await house.engine.flush()

    house.run(story())


def ids_of(change: Any) -> list[int]:
    keywords = getattr(change, "keywords", {})
    return [pad_id for pad_id, _ in keywords.get("jobs", [])]


def test_a_pad_deleted_under_our_hands_closes_and_writes_nothing(house: House) -> None:
    async def story() -> int | None:
        async with house.editing(1) as (editor,):
            editor.write("zu spät")
            await house.all_say([editor], "zu spät")
            await house.database.write(lambda db: pads.bury_pad(db, house.pad.id, NOON))
            await house.engine.flush()
            await editor.until(lambda: editor.socket.code is not None)
            return editor.socket.code

    assert house.run(story()) == 4404
    assert house.ask(lambda db: log.log_size(db, house.pad.id)) == (0, 0)


@pytest.mark.parametrize(("generation", "code"), [(2, 4409), (1, 1012)])
def test_who_writes_behind_another_head_starts_again(
    house: House, generation: int, code: int
) -> None:
    async def story() -> int | None:
        async with house.editing(1) as (editor,):
            editor.write("mein")
            await editor.until(lambda: house.engine.open_pads[0].live.dirty)
            statement = text(
                "UPDATE pads_pad SET generation = :generation, head_seq = 7 WHERE id = :pad"
            )
            values = {"generation": generation, "pad": house.pad.id}
            await house.database.write(lambda db: void(db.execute(statement, values)))
            await house.engine.flush()
            await editor.until(lambda: editor.socket.code is not None)
            return editor.socket.code

    assert house.run(story()) == code


def void(_: object) -> None:
    """A change returns no cursor."""


def test_who_waits_for_a_pad_that_goes_hears_that_it_is_gone(house: House) -> None:
    async def story() -> None:
        await house.engine.encoded(house.pad.id)
        async with crew() as tasks:
            failed = asyncio.Event()

            async def wait() -> None:
                with pytest.raises(NotFound):
                    await house.engine.edit(house.pad.id, None, lambda doc: say(doc, "x"))
                failed.set()

            tasks.start(wait())
            await asyncio.sleep(0)
            await house.engine.forget(house.pad.id)
            await failed.wait()

    house.run(story())


def test_a_pad_that_cannot_be_frozen_is_opened_anew_and_holds_up_no_other(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("x")
            (pad,) = house.engine.open_pads
            await editor.until(lambda: pad.live.dirty)
            pad.live.take_unsaved = broken  # type: ignore[method-assign]  # what no test can reach
            assert await house.engine.flush()
            await editor.until(lambda: editor.socket.code == 1012)

    house.run(story())


def broken() -> None:
    raise RuntimeError("a bug")


def test_a_disk_that_goes_while_a_flush_is_judged_ends_nothing(
    moody: tuple[House, Moody],
) -> None:
    house, database = moody

    async def story() -> None:
        async with house.editing(1) as (editor,), background(house.engine.run()):
            move = text("UPDATE pads_pad SET head_seq = 7")
            await database.write(lambda db: void(db.execute(move)))
            database.reads_fail = True
            editor.write("x")
            await editor.until(lambda: database.failed_reads > 0)
            database.reads_fail = False
            await editor.until(lambda: editor.socket.code == 1012)

    house.run(story())


def edited_facts(house: House) -> int:
    statement = text("SELECT count(*) FROM event_log WHERE name = 'pads.PadEdited'")
    return house.ask(lambda db: int(db.execute(statement).scalar_one()))


def test_that_a_pad_was_edited_is_told_once_in_five_minutes(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            for minutes in (0, 4, 0, 1, 4):
                house.clock.turn(minutes=minutes)
                editor.write("x")
                await editor.until(lambda: house.engine.open_pads[0].live.dirty)
                await house.engine.flush()
            told = editor.told("expiry")
        assert [one["ends_at"] for one in told][-1].startswith("2026-12-23T20:05:00")

    house.run(story())
    assert edited_facts(house) == 2
    pad = house.stored().pad
    assert pad.edited_at == house.clock.now()
    assert pad.ends_at == house.clock.now() + timedelta(days=30)


def test_after_the_last_editor_left_the_state_holds_everything(house: House) -> None:
    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("alles")
            await house.all_say([editor], "alles")
        await house.engine.flush()

    house.run(story())
    stored = house.stored()
    assert (stored.pad.state_seq, stored.rows) == (stored.pad.head_seq, [])
    assert stored.state is not None
    assert read([stored.state]) == "alles"
    copies = house.ask(lambda db: keyframes.keyframes_of(db, house.pad.id))
    assert [(one.seq, one.name) for one in copies] == [(1, None)]
    clients = house.ask(lambda db: store.clients_of(db, house.pad.id))
    assert [one.left_at is not None for one in clients] == [True]


def test_without_history_the_rows_go_with_the_state(database: Twice) -> None:
    house = House(database, history=History.NONE)

    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("jetzt")
            await house.all_say([editor], "jetzt")
            await house.engine.flush()
        await house.engine.flush()

    house.run(story())
    assert house.ask(lambda db: log.log_size(db, house.pad.id)) == (0, 0)
    assert house.ask(lambda db: keyframes.keyframes_of(db, house.pad.id)) == []
    assert read([house.stored().state or b""]) == "jetzt"


def test_many_rows_are_compacted_while_people_write(sqlite: AnyDatabase) -> None:
    house = House(sqlite)
    payloads = typed(*("x" * (STATE_ROWS - 1)))
    rows = rows_of(house.pad.id, payloads)
    house.run(sqlite.write(lambda db: log.append(db, appended(rows))))

    async def story() -> None:
        async with house.editing(1) as (editor,):
            for _ in range(2):
                editor.write("y")
                await editor.until(lambda: house.engine.open_pads[0].live.dirty)
                await house.engine.flush()
            assert house.engine.open_pads[0].state_seq == STATE_ROWS + 1

    house.run(story())
    stored = house.stored()
    assert read([stored.state or b"", *stored.rows]) == "x" * (STATE_ROWS - 1) + "yy"


def test_a_failed_compaction_is_no_harm_and_tried_again(moody: tuple[House, Moody]) -> None:
    house, database = moody

    async def story() -> None:
        async with house.editing(1) as (editor,):
            editor.write("alles")
            await house.all_say([editor], "alles")
        database.fails_for = lambda change: type(change).__name__ == "_Compaction"
        await house.engine.flush()
        assert house.engine.open_pads[0].state_seq == 0
        database.fails_for = lambda _: False
        await house.engine.flush()

    house.run(story())
    assert house.stored().rows == []


def test_a_flush_is_cut_into_short_changes() -> None:
    class Some:
        def __init__(self, writes: int) -> None:
            self.attempt = type("Attempt", (), {"writes": writes})

    sizes = [flushing.MOST_AT_ONCE - 1, 1, 1, 700, 1]
    portions: Any = flushing._portions([Some(size) for size in sizes])  # type: ignore[misc]  # as far as it is asked
    assert [[pad.attempt.writes for pad in portion] for portion in portions] == [
        [flushing.MOST_AT_ONCE - 1, 1],
        [1],
        [700],
        [1],
    ]
