"""The log of facts: written in the commit of the change, read by the relay (architecture, 8)."""

from typing import Final

import msgspec
from sqlalchemy import Column, Connection, Index, Table, bindparam, func, insert, select, text

from allmende.core.events import Fact, fact_name
from allmende.core.ids import FactId
from allmende.storage.cursors import cursors
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata

LOG_DAYS: Final = 7
BACKLOG_DAYS: Final = 30
"""A subscriber that has not come so far holds rows back, but no longer than this."""

events: Final = Table(
    "event_log",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("event_log_by_time", "at"),
)

_newest = select(func.max(events.c.id))
_read_by_all = select(func.coalesce(func.min(cursors.c.after), _newest.scalar_subquery()))

# The newest row stays, so that numbers handed out as `as_of` only grow.
_NOT_THE_NEWEST: Final = events.c.id < _newest.scalar_subquery()

KEPT: Final = [
    Kept(
        events,
        days=LOG_DAYS,
        why="live pages that were away catch up; holds numbers, never content",
        only=_NOT_THE_NEWEST & (events.c.id <= _read_by_all.scalar_subquery()),
        personal="body",
        plain="name at",
    ),
    Kept(
        events,
        days=BACKLOG_DAYS,
        why="work that follows from what happened catches up after a fault; holds numbers",
        only=_NOT_THE_NEWEST,
    ),
]

_ADD: Final = insert(events).values(
    name=bindparam("name"), body=bindparam("body"), at=bindparam("at")
)

# Numbers of a sequence commit out of order: a reader that has seen 8 would never see 7. Held
# until the commit, this lock makes numbers commit in their order. 4733 means the log of facts.
_IN_ORDER: Final = text("SELECT pg_advisory_xact_lock(4733)")


def record(db: Connection, fact: Fact) -> FactId:
    """Add ``fact`` to the log in this change. Called last: it makes others wait on PostgreSQL."""
    if db.dialect.name == "postgresql":
        db.execute(_IN_ORDER)
    body = msgspec.json.encode(fact).decode()
    added = db.execute(_ADD, {"name": fact_name(type(fact)), "body": body, "at": fact.at})
    key = added.inserted_primary_key
    if key is None:
        raise RuntimeError("the log gave no number")
    return FactId(key[0])


def newest_fact(db: Connection) -> FactId:
    """Return the number of the newest fact: the ``as_of`` of a snapshot. Index: primary key."""
    return FactId(db.execute(_newest).scalar_one())
