"""How far each subscriber has read."""

from allmende.core.ids import FactId
from allmende.storage.cursors import find_cursor, set_cursor
from tests.databases import AnyDatabase
from tests.storage.notes import read, write


def test_a_place_is_kept_for_each_name_and_moves(bare: AnyDatabase) -> None:
    assert read(bare, lambda db: find_cursor(db, "chat.rooms")) is None
    write(bare, lambda db: set_cursor(db, "chat.rooms", FactId(3)))
    write(bare, lambda db: set_cursor(db, "pads.rooms", FactId(5)))
    write(bare, lambda db: set_cursor(db, "chat.rooms", FactId(9)))
    assert read(bare, lambda db: find_cursor(db, "chat.rooms")) == 9
    assert read(bare, lambda db: find_cursor(db, "pads.rooms")) == 5
