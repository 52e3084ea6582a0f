"""Rows as people see them: no secrets, no numbers of the house, values that JSON has."""

import asyncio
import json
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, insert

from allmende.storage.shown import Shown
from allmende.storage.types import Choice, RowId, Text, UtcTime
from tests.databases import Twice
from tests.storage.notes import NOON


class Colour(StrEnum):
    RED = "red"


cups = Table(
    "cup",
    MetaData(),
    Column("id", RowId, primary_key=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("colour", Choice(Colour), nullable=False),
    Column("made_at", UtcTime),
    Column("secret", Text, nullable=False),
)


def test_rows_of_one_owner_are_shown_in_order_without_secrets(database: Twice) -> None:
    rows = [
        {"id": 2, "owner_id": 1, "colour": Colour.RED, "made_at": None, "secret": "s"},
        {"id": 1, "owner_id": 1, "colour": Colour.RED, "made_at": NOON, "secret": "s"},
        {"id": 3, "owner_id": 2, "colour": Colour.RED, "made_at": NOON, "secret": "s"},
    ]

    def setup(db: Connection) -> None:
        cups.create(db)
        db.execute(insert(cups), rows)

    asyncio.run(database.write(setup))
    shown = Shown(cups, "owner_id", "id secret")
    found = asyncio.run(database.read(lambda db: shown.rows(db, 1)))
    assert json.loads(json.dumps(found)) == [
        {"colour": "red", "made_at": "2026-11-23T12:00:00.000000Z"},
        {"colour": "red", "made_at": None},
    ]
