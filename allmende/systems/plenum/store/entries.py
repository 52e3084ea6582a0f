"""What is on its way into the minutes, one after the other (architecture, A14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from allmende.core.ids import AssemblyId, PadId
from allmende.systems.plenum.model.minutes import Entry
from allmende.systems.plenum.store.tables import EntryState, assemblies, entries

BATCH: Final = 50

_e = entries.c
NOT_GIVEN_UP: Final = _e.state != EntryState.GIVEN_UP
_ADD: Final = insert(entries)
_DUE: Final = (
    select(_e.assembly_id)
    .where(_e.retry_at <= bindparam("now"), NOT_GIVEN_UP)
    .order_by(_e.retry_at)
    .limit(BATCH)
)
_OLDEST: Final = (
    select(_e.id, assemblies.c.pad_id, _e.append_key, _e.markdown, _e.tries)
    .join(assemblies, assemblies.c.id == _e.assembly_id)
    .where(_e.assembly_id == bindparam("assembly"), NOT_GIVEN_UP)
    .order_by(_e.id)
    .limit(1)
)
_DONE: Final = delete(entries).where(_e.id == bindparam("entry"))
_LATER: Final = (
    update(entries)
    .where(_e.assembly_id == bindparam("assembly"), NOT_GIVEN_UP)
    .values(state=EntryState.FAILING, tries=bindparam("tried"), retry_at=bindparam("later"))
)
_GIVE_UP: Final = (
    update(entries)
    .where(_e.assembly_id == bindparam("assembly"), NOT_GIVEN_UP)
    .values(state=EntryState.GIVEN_UP)
)
_FORGET: Final = delete(entries).where(_e.assembly_id == bindparam("assembly"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest entry of an assembly that is not written yet. ``pad_id`` None: nowhere to."""

    id: int
    pad_id: PadId | None
    key: str
    markdown: str
    tries: int


def add_entry(db: Connection, assembly_id: AssemblyId, entry: Entry, now: datetime) -> None:
    """Store what is to be written; it is due at once."""
    values = {
        "assembly_id": assembly_id,
        "append_key": entry.key,
        "markdown": entry.markdown,
        "state": EntryState.PENDING,
        "tries": 0,
        "retry_at": now,
    }
    db.execute(_ADD, values)


def due(db: Connection, now: datetime) -> Sequence[AssemblyId]:
    """Return assemblies for which something is to be written. Index: plenum_entry_by_time."""
    found = db.execute(_DUE, {"now": now}).scalars()
    return [AssemblyId(one) for one in dict.fromkeys(found)]


def find_oldest(db: Connection, assembly_id: AssemblyId) -> Waiting | None:
    """Return what comes first. Index: plenum_entry_by_assembly."""
    row = db.execute(_OLDEST, {"assembly": assembly_id}).one_or_none()
    return None if row is None else Waiting(*row)


def note_written(db: Connection, entry_id: int) -> None:
    """It stands in the minutes. Index: primary key."""
    db.execute(_DONE, {"entry": entry_id})


def try_later(db: Connection, assembly_id: AssemblyId, tries: int, later: datetime) -> None:
    """Nothing of this assembly could be written. Index: plenum_entry_by_assembly."""
    db.execute(_LATER, {"assembly": assembly_id, "tried": tries, "later": later})


def give_up(db: Connection, assembly_id: AssemblyId) -> None:
    """Stop trying; the rows are swept later. Index: plenum_entry_by_assembly."""
    db.execute(_GIVE_UP, {"assembly": assembly_id})


def forget(db: Connection, assembly_id: AssemblyId) -> None:
    """There are no minutes any more to write into. Index: plenum_entry_by_assembly."""
    db.execute(_FORGET, {"assembly": assembly_id})
