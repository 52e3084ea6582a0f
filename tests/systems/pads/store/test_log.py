"""The log of a pad: what was appended is there, once, behind a head that nobody else moved."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select

from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import Pad
from allmende.systems.pads.store import log, pads
from allmende.systems.pads.store.tables import updates
from tests.databases import AnyDatabase, Twice
from tests.identity.store.plans import full_scans
from tests.systems.pads.rows import NOON, add_pad, appended, read, rows_of, typed


def stored(database: Twice, pad_id: PadId) -> log.Stored:
    found = asyncio.run(database.read(lambda db: log.find_stored(db, pad_id)))
    assert found is not None
    return found


@pytest.fixture
def pad(database: Twice) -> Pad:
    return asyncio.run(database.write(add_pad))


def test_rows_come_back_in_their_order_and_move_the_head(database: Twice, pad: Pad) -> None:
    rows = rows_of(pad.id, typed("all", "men", "de"))
    assert asyncio.run(database.write(lambda db: log.append(db, appended(rows))))
    found = stored(database, pad.id)
    assert read(found.rows) == "allmende"
    assert (found.pad.head_seq, found.pad.log_bytes) == (3, found.row_bytes)
    assert asyncio.run(database.read(lambda db: log.rows_after(db, pad.id, 1, most=9))) == rows[1:]


def test_an_edit_moves_the_end_of_a_pad_and_opening_does_not(database: Twice, pad: Pad) -> None:
    later = NOON + timedelta(hours=3)
    rows = rows_of(pad.id, typed("x"), at=later)
    asyncio.run(database.write(lambda db: log.append(db, appended(rows))))
    found = stored(database, pad.id).pad
    assert (found.edited_at, found.ends_at) == (later, later + timedelta(days=30))


def test_a_pad_of_a_room_keeps_its_end_when_it_is_edited(database: Twice) -> None:
    pad = asyncio.run(database.write(lambda db: add_pad(db, expiry_days=None, ends_at=None)))
    rows = rows_of(pad.id, typed("x"))
    asyncio.run(database.write(lambda db: log.append(db, appended(rows))))
    assert stored(database, pad.id).pad.ends_at is None


def test_the_same_flush_twice_is_there_once(database: Twice, pad: Pad) -> None:
    flush = appended(rows_of(pad.id, typed("once")))
    assert asyncio.run(database.write(lambda db: log.append(db, flush)))
    assert asyncio.run(database.write(lambda db: log.append(db, flush)))
    assert read(stored(database, pad.id).rows) == "once"


@pytest.mark.parametrize("what", ["another head", "another generation", "buried", "not there"])
def test_a_flush_that_does_not_fit_writes_nothing(database: Twice, pad: Pad, what: str) -> None:
    rows = rows_of(pad.id, typed("late"))
    before, generation = int(what == "another head"), 1 + int(what == "another generation")
    flush = appended(rows, before=before, generation=generation)
    if what == "buried":
        asyncio.run(database.write(lambda db: pads.bury_pad(db, pad.id, NOON)))
    if what == "not there":
        flush = appended(rows_of(PadId(4711), typed("late")))
    assert not asyncio.run(database.write(lambda db: log.append(db, flush)))
    assert asyncio.run(database.read(lambda db: db.execute(select(updates)).all())) == []


def test_a_second_writer_at_the_same_head_is_found_out(database: Twice, pad: Pad) -> None:
    mine, other = typed("mine"), typed("other", client=5)
    asyncio.run(database.write(lambda db: log.append(db, appended(rows_of(pad.id, mine)))))
    theirs = appended(rows_of(pad.id, other))
    assert not asyncio.run(database.write(lambda db: log.append(db, theirs)))


def test_a_deleted_pad_cannot_be_opened(database: Twice, pad: Pad) -> None:
    asyncio.run(database.write(lambda db: pads.bury_pad(db, pad.id, NOON)))
    assert asyncio.run(database.read(lambda db: log.find_stored(db, pad.id))) is None
    assert asyncio.run(database.read(lambda db: log.pad_ids(db, PadId(0), most=9))) == []


def test_a_state_replaces_the_rows_when_a_pad_is_opened_and_they_stay_as_history(
    database: Twice, pad: Pad
) -> None:
    payloads = typed("a", "b", "c")

    def change(db: Connection) -> bool:
        log.append(db, appended(rows_of(pad.id, payloads)))
        state = log.State(pad_id=pad.id, generation=1, seq=2, payload=payloads[0])
        return log.put_state(db, state, keep_rows=True)

    assert asyncio.run(database.write(change))
    found = stored(database, pad.id)
    assert (found.state, found.rows) == (payloads[0], payloads[2:])
    assert asyncio.run(database.read(lambda db: log.log_size(db, pad.id)))[0] == 3


@pytest.mark.parametrize(("seq", "generation"), [(2, 1), (1, 1), (4, 1), (3, 2)])
def test_a_state_that_is_older_or_ahead_of_the_log_is_refused(
    database: Twice, pad: Pad, seq: int, generation: int
) -> None:
    def change(db: Connection) -> tuple[bool, bool]:
        log.append(db, appended(rows_of(pad.id, typed("a", "b", "c"))))
        first = log.State(pad_id=pad.id, generation=1, seq=2, payload=b"two")
        again = log.State(pad_id=pad.id, generation=generation, seq=seq, payload=b"new")
        return log.put_state(db, first, keep_rows=True), log.put_state(db, again, keep_rows=True)

    assert asyncio.run(database.write(change)) == (True, False)
    assert stored(database, pad.id).state == b"two"


def test_a_pad_without_history_keeps_no_rows_that_the_state_holds(
    database: Twice, pad: Pad
) -> None:
    payloads = typed("a", "b", "c")

    def change(db: Connection) -> None:
        log.append(db, appended(rows_of(pad.id, payloads)))
        state = log.State(pad_id=pad.id, generation=1, seq=2, payload=b"two")
        log.put_state(db, state, keep_rows=False)

    asyncio.run(database.write(change))
    found = stored(database, pad.id)
    assert (found.rows, found.pad.log_bytes) == (payloads[2:], len(payloads[2]))


def test_only_the_last_hundred_keys_are_known(database: Twice, pad: Pad) -> None:
    for number in range(3):
        rows = rows_of(pad.id, typed("x", client=number + 1), after=number)
        keys = tuple(f"key{number}.{n}" for n in range(50))
        flush = log.Append(pad_id=pad.id, generation=1, before=number, rows=rows, keys=keys)
        assert asyncio.run(database.write(partial(log.append, new=flush)))
    known = stored(database, pad.id).pad.append_keys.split()
    assert (len(known), known[0], known[-1]) == (100, "key1.0", "key2.49")


def test_a_title_is_kept(database: Twice, pad: Pad) -> None:
    asyncio.run(database.write(lambda db: log.set_title(db, pad.id, "Plenum")))
    assert stored(database, pad.id).pad.title == "Plenum"


def test_no_question_reads_a_whole_table(sqlite: AnyDatabase) -> None:
    assert asyncio.run(sqlite.read(lambda db: full_scans(db, log))) == []
