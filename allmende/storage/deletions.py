"""The ledger of what was deleted: numbers only, so that an older backup cannot bring it back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Connection, Index, Table, bindparam, delete, insert, select

from allmende.storage.retention import Kept
from allmende.storage.rows import Shape, last_id, set_last_id, shapes
from allmende.storage.types import RowId, Text, UtcTime, metadata

LEDGER_DAYS: Final = 90

Act = Callable[[Connection, str, datetime], None]
"""Deletes one thing again, with all that hangs on it. The thing may not be there."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """``kind`` is the table of the thing with a dot, ``chat.message``; ``thing`` ends in its id."""

    kind: str
    thing: str
    at: datetime


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
    Kept(
        deletions,
        days=LEDGER_DAYS,
        why="numbers of what was deleted, for restoring a backup",
        plain="kind thing at",
    )
]

_ADD: Final = insert(deletions)
_ALL: Final = select(deletions.c.kind, deletions.c.thing, deletions.c.at).order_by(deletions.c.id)
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


def all_deletions(db: Connection) -> Sequence[Deletion]:
    """Return the whole ledger, oldest first. Index: primary key."""
    return [Deletion(*row) for row in db.execute(_ALL)]


def reapply(
    db: Connection, ledger: Sequence[Deletion], acts: Mapping[str, Act], now: datetime
) -> int:
    """Delete again what ``ledger`` says and this database does not know; return how many.

    A kind without an act of its own is the name of a table: its row goes. Numbers of what was
    deleted are never given again, so that nothing new is taken for it later.
    """
    tables = {shape.name: shape for shape in shapes(db)}
    has_ledger = deletions.name in tables  # that of older releases has none
    known = _known(db) if has_ledger else set()
    new = [one for one in ledger if (one.kind, one.thing) not in known]
    of_table = [(one, tables.get(one.kind.replace(".", "_", 1))) for one in new]
    for one, shape in of_table:
        if shape is not None:
            _never_again(db, shape, one)
    for one, shape in of_table:
        if one.kind in acts:
            acts[one.kind](db, one.thing, now)
        elif shape is not None:
            _delete_row(db, shape, one)
    noted = _known(db) if has_ledger else set()
    for one in new:
        if has_ledger and (one.kind, one.thing) not in noted:
            note_deletion(db, one.kind, one.thing, one.at)
    return len(new)


def _known(db: Connection) -> set[tuple[str, str]]:
    return {(one.kind, one.thing) for one in all_deletions(db)}


def _delete_row(db: Connection, shape: Shape, one: Deletion) -> None:
    table, number = shape.table(), _number(one)
    if len(shape.key) == 1 and number is not None:
        db.execute(delete(table).where(table.c[shape.key[0]] == number))


def _never_again(db: Connection, shape: Shape, one: Deletion) -> None:
    last, number = last_id(db, shape), _number(one)
    if last is not None and number is not None and number > last:
        set_last_id(db, shape, number)


def _number(one: Deletion) -> int | None:
    """Return the id at the end of ``7`` or ``7/12``."""
    last = one.thing.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() else None
