"""Facts that wait for another try."""

from datetime import timedelta
from functools import partial

from allmende.core.ids import FactId
from allmende.storage.outbox import newest_fact
from allmende.storage.parked import KEPT, find_parked, park, parked_numbers, unpark
from allmende.storage.retention import sweep
from tests.databases import AnyDatabase
from tests.storage.notes import NOON, adding, read, write


def test_a_fact_is_parked_as_it_stands_in_the_log_and_only_once(bare: AnyDatabase) -> None:
    write(bare, adding("one"))
    number = read(bare, newest_fact)
    for _ in range(2):
        write(bare, lambda db: park(db, "chat.rooms", number))
    write(bare, lambda db: park(db, "pads.rooms", number))
    assert read(bare, lambda db: parked_numbers(db, "chat.rooms")) == [number]
    found = read(bare, lambda db: find_parked(db, "chat.rooms", number))
    assert found == ("notes.NoteMade", '{"at":"2026-11-23T12:00:00Z","note_id":1}')
    write(bare, lambda db: unpark(db, "chat.rooms", number))
    assert read(bare, lambda db: find_parked(db, "chat.rooms", number)) is None
    assert read(bare, lambda db: parked_numbers(db, "pads.rooms")) == [number]


def test_a_number_that_is_not_in_the_log_is_not_parked(bare: AnyDatabase) -> None:
    write(bare, lambda db: park(db, "chat.rooms", FactId(10**9)))
    assert read(bare, lambda db: parked_numbers(db, "chat.rooms")) == []


def test_what_could_never_be_dealt_with_goes_after_thirty_days(bare: AnyDatabase) -> None:
    write(bare, adding("one"))
    number = read(bare, newest_fact)
    write(bare, lambda db: park(db, "chat.rooms", number))
    for days, left in ((29, 1), (31, 0)):
        then = NOON + timedelta(days=days)
        write(bare, partial(sweep, kept=KEPT[0], now=then))
        assert len(read(bare, lambda db: parked_numbers(db, "chat.rooms"))) == left
