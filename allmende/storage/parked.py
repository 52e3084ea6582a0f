"""Facts that a subscriber could not deal with yet: told again later, those behind do not wait."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Table,
    bindparam,
    delete,
    select,
    text,
)

from allmende.core.ids import FactId
from allmende.storage.retention import Kept
from allmende.storage.types import Text, UtcTime, metadata

PARKED_DAYS: Final = 30

parked: Final = Table(
    "event_parked",
    metadata,
    Column("subscriber", Text, primary_key=True),
    Column("fact_id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("event_parked_by_time", "at"),
)

KEPT: Final = [
    Kept(
        parked,
        days=PARKED_DAYS,
        why="facts that could not be dealt with yet; numbers only",
        plain="subscriber name body at",
    )
]

# The row of the log is copied as it is: the log itself is swept sooner.
_PARK: Final = text(
    "INSERT INTO event_parked (subscriber, fact_id, name, body, at) "
    "SELECT :subscriber, id, name, body, at FROM event_log WHERE id = :fact_id "
    "ON CONFLICT (subscriber, fact_id) DO NOTHING"
)
_NUMBERS: Final = (
    select(parked.c.fact_id)
    .where(parked.c.subscriber == bindparam("subscriber"))
    .order_by(parked.c.fact_id)
)
_ONE: Final = select(parked.c.name, parked.c.body).where(
    parked.c.subscriber == bindparam("subscriber"), parked.c.fact_id == bindparam("fact_id")
)
_DONE: Final = delete(parked).where(
    parked.c.subscriber == bindparam("subscriber"), parked.c.fact_id == bindparam("fact_id")
)


def park(db: Connection, subscriber: str, fact_id: FactId) -> None:
    """Keep a fact of the log for later. Index: primary keys."""
    db.execute(_PARK, {"subscriber": subscriber, "fact_id": fact_id})


def parked_numbers(db: Connection, subscriber: str) -> Sequence[FactId]:
    """Return the numbers of what waits, oldest first. Index: primary key."""
    found = db.execute(_NUMBERS, {"subscriber": subscriber}).scalars()
    return [FactId(number) for number in found]


def find_parked(db: Connection, subscriber: str, fact_id: FactId) -> tuple[str, str] | None:
    """Return name and body of what waits. Index: primary key."""
    key = {"subscriber": subscriber, "fact_id": fact_id}
    row = db.execute(_ONE, key).one_or_none()
    return None if row is None else (row[0], row[1])


def unpark(db: Connection, subscriber: str, fact_id: FactId) -> None:
    """Forget what was dealt with."""
    db.execute(_DONE, {"subscriber": subscriber, "fact_id": fact_id})
