"""Deleting everything of a pad, in pieces."""

import asyncio
from dataclasses import replace

from sqlalchemy import Connection, func, select, text

from allmende.core.ids import PadId
from allmende.storage.database import Database
from allmende.storage.types import metadata
from allmende.systems.pads.store import ends, pads
from tests.systems.pads.store.test_pads import NEW

TABLES = ("pads_update", "pads_keyframe", "pads_client", "pads_author", "pads_state", "pads_pad")
FILL = (
    "INSERT INTO pads_keyframe (pad_id, generation, seq, at, payload) VALUES (:p, 1, 1, 1, :b)",
    "INSERT INTO pads_state (pad_id, generation, seq, payload) VALUES (:p, 1, 1, :b)",
    "INSERT INTO pads_author (pad_id, name, colour) VALUES (:p, 'mara', 1)",
    "INSERT INTO pads_client (pad_id, client_id, author_id, session_id, first_seen)"
    " VALUES (:p, 1, 1, 1, 1)",
)
ROW = (
    "INSERT INTO pads_update (pad_id, seq, batch, at, edits, payload)"
    " VALUES (:p, :seq, 1, 1, 1, :b)"
)


def fill(db: Connection, pad_id: PadId, rows: int) -> None:
    for statement in FILL:
        db.execute(text(statement), {"p": pad_id, "b": b"x"})
    db.execute(text(ROW), [{"p": pad_id, "seq": seq, "b": b"x"} for seq in range(rows)])


def counts(db: Connection, pad_id: PadId) -> list[int]:
    found = []
    for name in TABLES:
        table = metadata.tables[name]
        key = table.c.id if name == "pads_pad" else table.c.pad_id
        found.append(db.execute(select(func.count()).where(key == pad_id)).scalar_one())
    return found


def test_a_pad_goes_in_pieces_and_its_row_goes_last(database: Database) -> None:
    def change(db: Connection) -> None:
        gone, stays = pads.add_pad(db, NEW), pads.add_pad(db, replace(NEW, place="g7:b"))
        fill(db, gone, ends.PIECE_ROWS + 1)
        fill(db, stays, 2)
        pieces = 0
        while ends.delete_piece(db, gone):
            pieces += 1
            assert counts(db, gone)[-1] == 1
        assert pieces == 5
        assert counts(db, gone) == [0] * 6
        assert counts(db, stays) == [2, 1, 1, 1, 1, 1]
        assert not ends.delete_piece(db, gone)

    asyncio.run(database.write(change))
