"""Assemblies with their agenda, read and written whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from allmende.core.ids import AssemblyId, ItemId, PadId, RoomId
from allmende.systems.plenum.model.agenda import Agenda, Item
from allmende.systems.plenum.model.assembly import (
    Assembly,
    AssemblyState,
    Language,
    MinutesPad,
)
from allmende.systems.plenum.store.tables import assemblies, items

_ALIVE: Final = (AssemblyState.OPEN, AssemblyState.RUNNING, AssemblyState.PAUSED)

_a, _i = assemblies.c, items.c
_ADD: Final = insert(assemblies)
_ADD_ITEM: Final = insert(items)
_NEWEST: Final = (
    select(assemblies).where(_a.room_id == bindparam("room")).order_by(_a.id.desc()).limit(1)
)
_OF_ROOM: Final = select(assemblies).where(_a.room_id == bindparam("room")).order_by(_a.id)
_ONE: Final = select(assemblies).where(_a.id == bindparam("assembly"))
_ALL_ALIVE: Final = (
    select(_a.id, _a.room_id).where(or_(*(_a.state == state for state in _ALIVE))).order_by(_a.id)
)
_FREEZING: Final = (
    select(_a.id, _a.pad_id).where(_a.freeze_at <= bindparam("now")).order_by(_a.freeze_at)
)
_FROZEN: Final = update(assemblies).where(_a.id == bindparam("assembly")).values(freeze_at=None)
_OF_PAD: Final = select(assemblies).where(_a.pad_id == bindparam("pad"))
_WITHOUT_PAD: Final = (
    update(assemblies)
    .where(_a.pad_id == bindparam("pad"))
    .values(pad_id=None, pad_path="", pad_name="", freeze_at=None)
)
_PAD_NAMES: Final = select(_a.pad_name).where(
    _a.room_id == bindparam("room"), _a.pad_id.is_not(None)
)
_CHANGE: Final = update(assemblies).where(_a.id == bindparam("assembly"))
_ATTENDED: Final = (
    update(assemblies)
    .where(_a.id == bindparam("assembly"), _a.attended < bindparam("seen"))
    .values(attended=bindparam("seen"))
)
_OLDEST: Final = (
    select(_a.id).where(_a.room_id == bindparam("room")).order_by(_a.id).limit(bindparam("most"))
)
_FORGET: Final = delete(assemblies).where(_a.id.in_(_OLDEST))

_ITEM_COLUMNS: Final = (
    _i.id,
    _i.title,
    _i.kind,
    _i.minutes,
    _i.presenter,
    _i.note,
    _i.state,
    _i.elapsed_ms,
    _i.since_ms,
    _i.started_at,
    _i.ended_at,
    _i.starts,
)
_ITEMS: Final = (
    select(*_ITEM_COLUMNS).where(_i.assembly_id == bindparam("assembly")).order_by(_i.place)
)
_CHANGE_ITEM: Final = update(items).where(
    _i.assembly_id == bindparam("assembly"), _i.id == bindparam("item")
)
_REMOVE_ITEM: Final = delete(items).where(
    _i.assembly_id == bindparam("assembly"), _i.id == bindparam("item")
)


def add_assembly(
    db: Connection, room_id: RoomId, title: str, language: Language, planned_at: datetime
) -> Assembly:
    """Store a planned assembly and return it with its number."""
    new = Assembly(
        id=AssemblyId(0),
        room_id=room_id,
        title=title,
        language=language,
        state=AssemblyState.PLANNED,
        planned_at=planned_at,
    )
    key = db.execute(_ADD, _values(new)).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no number")
    return Assembly(
        id=AssemblyId(key[0]),
        room_id=room_id,
        title=title,
        language=language,
        state=new.state,
        planned_at=planned_at,
    )


def find_newest(db: Connection, room_id: RoomId) -> Assembly | None:
    """Return the newest assembly of a room. Index: plenum_assembly_by_room."""
    row = db.execute(_NEWEST, {"room": room_id}).one_or_none()
    return None if row is None else _assembly(db, row)


def assemblies_of(db: Connection, room_id: RoomId) -> Sequence[Assembly]:
    """Return all assemblies of a room, oldest first. Index: plenum_assembly_by_room."""
    return [_assembly(db, row) for row in db.execute(_OF_ROOM, {"room": room_id}).all()]


def find_assembly(db: Connection, assembly_id: AssemblyId) -> Assembly | None:
    """Return one assembly. Index: primary key."""
    row = db.execute(_ONE, {"assembly": assembly_id}).one_or_none()
    return None if row is None else _assembly(db, row)


def save(db: Connection, before: Assembly, after: Assembly) -> None:
    """Write what is different. Index: primary keys."""
    old, new = _values(before), _values(after)
    if old != new:
        db.execute(_CHANGE, {"assembly": after.id, **new})
    _save_items(db, after.id, before.agenda.items, after.agenda.items)


def _save_items(
    db: Connection, assembly_id: AssemblyId, before: Sequence[Item], after: Sequence[Item]
) -> None:
    known = {item.id: _item_values(item, place) for place, item in enumerate(before)}
    for place, item in enumerate(after):
        values = _item_values(item, place)
        old = known.pop(item.id, None)
        if old is None:
            db.execute(_ADD_ITEM, {"assembly_id": assembly_id, "id": item.id, **values})
        elif old != values:
            db.execute(_CHANGE_ITEM, {"assembly": assembly_id, "item": item.id, **values})
    for gone in known:
        db.execute(_REMOVE_ITEM, {"assembly": assembly_id, "item": gone})


def alive(db: Connection) -> Sequence[tuple[AssemblyId, RoomId]]:
    """Return what is open, runs or pauses. Index: plenum_assembly_by_state."""
    return [(AssemblyId(one), RoomId(room)) for one, room in db.execute(_ALL_ALIVE)]


def note_attended(db: Connection, assembly_id: AssemblyId, seen: int) -> None:
    """Keep the highest count of people. Index: primary key."""
    db.execute(_ATTENDED, {"assembly": assembly_id, "seen": seen})


def freezing(db: Connection, now: datetime) -> Sequence[tuple[AssemblyId, PadId]]:
    """Return whose minutes are to be read only by now. Index: plenum_assembly_by_freezing."""
    return [(AssemblyId(one), PadId(pad)) for one, pad in db.execute(_FREEZING, {"now": now})]


def note_frozen(db: Connection, assembly_id: AssemblyId) -> None:
    """The minutes are read only. Index: primary key."""
    db.execute(_FROZEN, {"assembly": assembly_id})


def assemblies_of_pad(db: Connection, pad_id: PadId) -> Sequence[tuple[AssemblyId, RoomId]]:
    """Return the assemblies whose minutes are in a pad. Index: plenum_assembly_by_pad."""
    rows = db.execute(_OF_PAD, {"pad": pad_id})
    return [(AssemblyId(row.id), RoomId(row.room_id)) for row in rows]


def forget_pad(db: Connection, pad_id: PadId) -> None:
    """The minutes are gone. Index: plenum_assembly_by_pad."""
    db.execute(_WITHOUT_PAD, {"pad": pad_id})


def pad_names(db: Connection, room_id: RoomId) -> Sequence[str]:
    """Return the names of all minutes of a room. Index: plenum_assembly_by_room."""
    return list(db.execute(_PAD_NAMES, {"room": room_id}).scalars())


def forget_room(db: Connection, room_id: RoomId, *, most: int) -> int:
    """Delete up to ``most`` assemblies of a room that is gone, with all that hangs on them.

    Index: plenum_assembly_by_room.
    """
    return db.execute(_FORGET, {"room": room_id, "most": most}).rowcount


def _assembly(db: Connection, row: Row[Any]) -> Assembly:
    found = db.execute(_ITEMS, {"assembly": row.id})
    agenda = Agenda(tuple(Item(ItemId(number), *rest) for number, *rest in found), row.next_no)
    pad = None
    if row.pad_id is not None:
        pad = MinutesPad(id=PadId(row.pad_id), path=row.pad_path, name=row.pad_name)
    kept = {name: getattr(row, name) for name in _SAME}
    return Assembly(**kept, pad=pad, agenda=agenda)


_SAME: Final = (
    "id",
    "room_id",
    "title",
    "language",
    "state",
    "planned_at",
    "opened_at",
    "started_at",
    "paused_at",
    "closed_at",
    "reopened_at",
    "freeze_at",
    "breaks",
    "closings",
    "attended",
)
"""Columns that are fields of the same name."""


def _values(assembly: Assembly) -> dict[str, Any]:
    pad = assembly.pad
    return {
        **{name: getattr(assembly, name) for name in _SAME if name != "id"},
        "pad_id": None if pad is None else pad.id,
        "pad_path": "" if pad is None else pad.path,
        "pad_name": "" if pad is None else pad.name,
        "next_no": assembly.agenda.next_no,
    }


def _item_values(item: Item, place: int) -> dict[str, Any]:
    return {
        "place": place,
        "title": item.title,
        "kind": item.kind,
        "minutes": item.minutes,
        "presenter": item.presenter,
        "note": item.note,
        "state": item.state,
        "elapsed_ms": item.elapsed_ms,
        "since_ms": item.since_ms,
        "started_at": item.started_at,
        "ended_at": item.ended_at,
        "starts": item.starts,
    }
