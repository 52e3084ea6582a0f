"""How far each subscriber has read in the log of facts (architecture, A13)."""

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Table, bindparam, select, text

from allmende.core.ids import FactId
from allmende.storage.retention import Kept
from allmende.storage.types import Text, metadata

cursors: Final = Table(
    "event_cursor",
    metadata,
    Column("name", Text, primary_key=True),
    Column("after", BigInteger, nullable=False),
)

KEPT: Final = [
    Kept(
        cursors,
        days=None,
        why="how far a subscriber has read; not personal",
        plain="name",
    )
]

_AFTER: Final = select(cursors.c.after).where(cursors.c.name == bindparam("name"))
_SET: Final = text(
    "INSERT INTO event_cursor (name, after) VALUES (:name, :after) "
    "ON CONFLICT (name) DO UPDATE SET after = excluded.after"
)


def find_cursor(db: Connection, name: str) -> FactId | None:
    """Return the number of the last fact that ``name`` has done with. Index: primary key."""
    found = db.execute(_AFTER, {"name": name}).scalar_one_or_none()
    return None if found is None else FactId(found)


def set_cursor(db: Connection, name: str, after: FactId) -> None:
    """Remember in this change that ``name`` has done with everything up to ``after``."""
    db.execute(_SET, {"name": name, "after": after})
