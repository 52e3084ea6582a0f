"""The ledger: what was deleted stays deleted."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from allmende.storage.deletions import (
    Deletion,
    all_deletions,
    deletions_since,
    note_deletion,
    reapply,
)
from allmende.storage.rows import last_id, shapes
from tests.databases import AnyDatabase
from tests.storage.notes import NOON, add_note, bodies, read, write


def test_what_was_noted_is_found_again(bare: AnyDatabase) -> None:
    for hours in range(3):
        at = NOON + timedelta(hours=hours)
        write(bare, partial(note_deletion, kind="note", thing=f"{at.hour}", now=at))
    assert read(bare, lambda db: deletions_since(db, NOON + timedelta(hours=1))) == [
        ("note", "13"),
        ("note", "14"),
    ]
    assert read(bare, all_deletions)[0] == Deletion("note", "12", NOON)


def test_rows_go_again_once_and_their_numbers_are_never_given_again(bare: AnyDatabase) -> None:
    def make(db: Connection) -> None:
        for body in ("one", "two", "three"):
            add_note(db, body)

    write(bare, make)
    ledger = [
        Deletion("note", "2", NOON),
        Deletion("note", "room/3", NOON),
        Deletion("note", "70", NOON),
        Deletion("nothing.known", "1", NOON),
        Deletion("note", "strange", NOON),
    ]
    assert write(bare, lambda db: reapply(db, ledger, {}, NOON)) == 5
    assert read(bare, bodies) == ["one"]
    shape = next(shape for shape in read(bare, shapes) if shape.name == "note")
    assert read(bare, lambda db: last_id(db, shape)) == 70
    assert write(bare, lambda db: add_note(db, "four")) == 71
    # Known by now: a row that has the number again by chance would stay.
    assert write(bare, lambda db: reapply(db, ledger, {}, NOON)) == 0
    assert read(bare, all_deletions) == ledger


def test_kinds_with_an_act_are_deleted_by_it(bare: AnyDatabase) -> None:
    said: list[tuple[str, datetime]] = []

    def act(db: Connection, thing: str, now: datetime) -> None:
        said.append((thing, now))
        note_deletion(db, "note", thing, now)

    write(bare, lambda db: add_note(db, "one"))
    later = NOON + timedelta(days=3)
    ledger = [Deletion("note", "1", NOON)]
    assert write(bare, lambda db: reapply(db, ledger, {"note": act}, later)) == 1
    assert said == [("1", later)]
    assert read(bare, bodies) == ["one"]
    assert read(bare, all_deletions) == [Deletion("note", "1", later)]
