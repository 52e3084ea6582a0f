"""A small table for tests of the storage floor, and a fact."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Column, Connection, MetaData, Table, func, insert, select

from allmende.core.events import Fact
from allmende.storage.outbox import record
from allmende.storage.types import RowId, Text
from tests.databases import AnyDatabase, Place

T = TypeVar("T")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
notes = Table(
    "note",
    MetaData(),
    Column("id", RowId, primary_key=True),
    Column("body", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMade(Fact):
    note_id: int


def make_table(place: Place) -> None:
    """Add the table for notes."""
    inner = place.open()
    asyncio.run(inner.write(lambda db: notes.create(db)))
    inner.close()


def add_note(db: Connection, body: str) -> int:
    """The smallest change: a row and its fact."""
    key = db.execute(insert(notes).values(body=body)).inserted_primary_key
    assert key is not None
    record(db, NoteMade(at=NOON, note_id=key[0]))
    return int(key[0])


def adding(body: str) -> Callable[[Connection], int]:
    """A change that adds a note."""
    return partial(add_note, body=body)


def bodies(db: Connection) -> list[str]:
    return list(db.execute(select(notes.c.body).order_by(notes.c.id)).scalars())


def count_notes(db: Connection) -> int:
    return int(db.execute(select(func.count()).select_from(notes)).scalar_one())


def read(database: AnyDatabase, question: Callable[[Connection], T]) -> T:
    return asyncio.run(database.read(question))


def write(database: AnyDatabase, change: Callable[[Connection], T]) -> T:
    return asyncio.run(database.write(change))
