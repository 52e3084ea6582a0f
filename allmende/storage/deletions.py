"""The ledger of what was deleted: numbers only, so that an older backup cannot bring it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Connection, Index, Table, bindparam, insert, select

from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata

LEDGER_DAYS: Final = 90

deletions: Final = Table(
    "deletion",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("thing", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("deletion_by_time", "at"),
)

KEPT: Final = [
    Kept(deletions, days=LEDGER_DAYS, why="numbers of what was deleted, for restoring a backup")
]

_ADD: Final = insert(deletions)
_SINCE: Final = (
    select(deletions.c.kind, deletions.c.thing)
    .where(deletions.c.at >= bindparam("since"))
    .order_by(deletions.c.id)
)


def note_deletion(db: Connection, kind: str, thing: str, now: datetime) -> None:
    """Remember in this change what is gone: ``identity.account`` and its number."""
    db.execute(_ADD, {"kind": kind, "thing": thing, "at": now})


def deletions_since(db: Connection, since: datetime) -> Sequence[tuple[str, str]]:
    """Return kind and thing of what was deleted since then. Index: deletion_by_time."""
    return [(row[0], row[1]) for row in db.execute(_SINCE, {"since": since})]
