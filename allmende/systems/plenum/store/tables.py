"""The tables of plenum, and how long each row is kept. No names of people are in them."""

from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from allmende.storage.retention import Kept
from allmende.storage.types import Choice, RowId, Text, UtcTime, metadata
from allmende.systems.plenum.model.agenda import ItemKind, ItemState
from allmende.systems.plenum.model.assembly import AssemblyState, Language


class EntryState(StrEnum):
    """Where an entry is on its way; the row goes once it stands in the minutes."""

    PENDING = "pending"
    FAILING = "failing"
    GIVEN_UP = "given_up"


assemblies: Final = Table(
    "plenum_assembly",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("language", Choice(Language), nullable=False),
    Column("state", Choice(AssemblyState), nullable=False),
    Column("planned_at", UtcTime, nullable=False),
    Column("opened_at", UtcTime),
    Column("started_at", UtcTime),
    Column("paused_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("reopened_at", UtcTime),
    Column("freeze_at", UtcTime),
    Column("pad_id", BigInteger),
    Column("pad_path", Text, nullable=False),
    Column("pad_name", Text, nullable=False),
    Column("breaks", BigInteger, nullable=False),
    Column("closings", BigInteger, nullable=False),
    Column("attended", BigInteger, nullable=False),
    Column("next_no", BigInteger, nullable=False),
    Index("plenum_assembly_by_room", "room_id", "id"),
    Index("plenum_assembly_by_state", "state", "planned_at"),
    Index("plenum_assembly_by_freezing", "freeze_at"),
    Index("plenum_assembly_by_pad", "pad_id"),
)


def _assembly() -> Column[int]:
    owner = ForeignKey("plenum_assembly.id", ondelete="CASCADE")
    return Column("assembly_id", BigInteger, owner, primary_key=True)


items: Final = Table(
    "plenum_item",
    metadata,
    _assembly(),
    Column("id", BigInteger, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Choice(ItemKind), nullable=False),
    Column("minutes", BigInteger, nullable=False),
    Column("presenter", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("state", Choice(ItemState), nullable=False),
    Column("elapsed_ms", BigInteger, nullable=False),
    Column("since_ms", BigInteger),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("starts", BigInteger, nullable=False),
)

entries: Final = Table(
    "plenum_entry",
    metadata,
    Column("id", RowId, primary_key=True),
    Column(
        "assembly_id",
        BigInteger,
        ForeignKey("plenum_assembly.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("append_key", Text, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("state", Choice(EntryState), nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("retry_at", UtcTime, nullable=False),
    Index("plenum_entry_by_assembly", "assembly_id", "id"),
    Index("plenum_entry_by_time", "retry_at"),
)

_TIMES_AND_PLACES: Final = (
    "planned_at opened_at started_at paused_at closed_at reopened_at freeze_at pad_path pad_name"
)

KEPT: Final = [
    Kept(
        assemblies,
        days=90,
        column="planned_at",
        only=assemblies.c.state == AssemblyState.PLANNED,
        why="like the minutes, until the room goes; never opened: 90 days",
        personal="title",
        plain=_TIMES_AND_PLACES,
    ),
    Kept(
        items,
        days=None,
        why="the agenda; deleted with its assembly",
        personal="title presenter note",
        plain="started_at ended_at",
    ),
    Kept(
        entries,
        days=7,
        column="retry_at",
        only=entries.c.state == EntryState.GIVEN_UP,
        why="headings on their way into the minutes; gone once they stand there",
        personal="markdown",
        plain="append_key retry_at",
    ),
]
