"""Rows of pads: found by place or number, listed by group or room, changed, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from allmende.core.ids import GroupId, PadId, RoomId
from allmende.systems.pads.model.pad import History, Pad, Whom
from allmende.systems.pads.store.tables import pads, tombstones

_BY_ID: Final = select(pads).where(pads.c.id == bindparam("pad_id"))
_BY_PLACE: Final = select(pads).where(pads.c.place == bindparam("place"))
_OF_GROUP: Final = select(pads).where(pads.c.group_id == bindparam("group_id")).order_by(pads.c.id)
_OF_ROOM: Final = select(pads).where(pads.c.room_id == bindparam("room_id")).order_by(pads.c.id)
_COUNT_OF_GROUP: Final = select(func.count()).where(pads.c.group_id == bindparam("group_id"))
_COUNT_OF_ROOM: Final = select(func.count()).where(pads.c.room_id == bindparam("room_id"))
_ADD: Final = insert(pads).returning(pads.c.id)
_CHANGE: Final = (
    update(pads)
    .where(pads.c.id == bindparam("of_pad"))
    .values(
        title=bindparam("new_title"),
        who_edits=bindparam("new_who_edits"),
        who_reads=bindparam("new_who_reads"),
        readers_see_history=bindparam("new_readers_see"),
        history=bindparam("new_history"),
        expiry_days=bindparam("new_days"),
        ends_at=bindparam("new_end"),
    )
)
_LOCK: Final = (
    update(pads).where(pads.c.id == bindparam("of_pad")).values(locked=bindparam("new_locked"))
)
_SET_END: Final = (
    update(pads).where(pads.c.id == bindparam("of_pad")).values(ends_at=bindparam("new_end"))
)
_ENDED: Final = (
    select(pads)
    .where(pads.c.ends_at <= bindparam("now"))
    .order_by(pads.c.ends_at)
    .limit(bindparam("most"))
)
_BURY: Final = (
    update(pads)
    .where(pads.c.id == bindparam("of_pad"))
    .values(
        place=bindparam("new_place"),
        name="",
        title="",
        group_id=None,
        room_id=None,
        edited_at=None,
        ends_at=bindparam("now"),
        append_keys="",
    )
)
_ROOMS: Final = (
    select(pads.c.room_id).where(pads.c.room_id > bindparam("after")).distinct()
    .order_by(pads.c.room_id).limit(bindparam("most"))
)  # fmt: skip
_TOMBSTONE: Final = select(tombstones.c.place_hash).where(
    tombstones.c.place_hash == bindparam("of_hash"), tombstones.c.ends_at > bindparam("now")
)
_ADD_TOMBSTONE: Final = insert(tombstones)
_DROP_TOMBSTONE: Final = delete(tombstones).where(tombstones.c.place_hash == bindparam("of_hash"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PadSettings:
    """What those who look after a pad may change of its row."""

    title: str
    who_edits: Whom
    who_reads: Whom
    readers_see_history: bool
    history: History
    expiry_days: int | None


def find_pad(db: Connection, pad_id: PadId) -> Pad | None:
    """Return the pad with this number. Index: primary key."""
    row = db.execute(_BY_ID, {"pad_id": pad_id}).one_or_none()
    return None if row is None else Pad(*row)


def find_pad_at(db: Connection, place: str) -> Pad | None:
    """Return the pad at a place. Index: unique place."""
    row = db.execute(_BY_PLACE, {"place": place}).one_or_none()
    return None if row is None else Pad(*row)


def pads_of_group(db: Connection, group_id: GroupId) -> Sequence[Pad]:
    """Return the pads of a group, oldest first. Index: pads_pad_by_group."""
    return [Pad(*row) for row in db.execute(_OF_GROUP, {"group_id": group_id})]


def pads_of_room(db: Connection, room_id: RoomId) -> Sequence[Pad]:
    """Return the pads of a room, oldest first. Index: pads_pad_by_room."""
    return [Pad(*row) for row in db.execute(_OF_ROOM, {"room_id": room_id})]


def count_of_group(db: Connection, group_id: GroupId) -> int:
    """Return how many pads a group has. Index: pads_pad_by_group."""
    return db.execute(_COUNT_OF_GROUP, {"group_id": group_id}).scalar_one()


def count_of_room(db: Connection, room_id: RoomId) -> int:
    """Return how many pads a room has. Index: pads_pad_by_room."""
    return db.execute(_COUNT_OF_ROOM, {"room_id": room_id}).scalar_one()


def add_pad(db: Connection, pad: Pad) -> PadId:
    """Add a pad; its number is given here, whatever ``pad`` says."""
    row = {field.name: getattr(pad, field.name) for field in fields(Pad) if field.name != "id"}
    return PadId(db.execute(_ADD, row).scalar_one())


def change_pad(
    db: Connection, pad_id: PadId, settings: PadSettings, ends_at: datetime | None
) -> None:
    """Give a pad other settings."""
    row = {
        "of_pad": pad_id,
        "new_title": settings.title,
        "new_who_edits": settings.who_edits,
        "new_who_reads": settings.who_reads,
        "new_readers_see": settings.readers_see_history,
        "new_history": settings.history,
        "new_days": settings.expiry_days,
        "new_end": ends_at,
    }
    db.execute(_CHANGE, row)


def set_locked(db: Connection, pad_id: PadId, locked: bool) -> None:
    """Make a pad read-only for all but its admins, or open again."""
    db.execute(_LOCK, {"of_pad": pad_id, "new_locked": locked})


def set_end(db: Connection, pad_id: PadId, ends_at: datetime | None) -> None:
    """Say when to look again whether a pad is over."""
    db.execute(_SET_END, {"of_pad": pad_id, "new_end": ends_at})


def ended_pads(db: Connection, now: datetime, *, most: int) -> Sequence[Pad]:
    """Return pads to look at: over, buried, or written in meanwhile. Index: pads_pad_by_end."""
    return [Pad(*row) for row in db.execute(_ENDED, {"now": now, "most": most})]


def bury_pad(db: Connection, pad_id: PadId, now: datetime) -> None:
    """Take name, title and place off a pad: nobody finds it, the job deletes the rest of it."""
    db.execute(_BURY, {"of_pad": pad_id, "new_place": f"d:{pad_id}", "now": now})


def rooms_with_pads(db: Connection, after: RoomId, *, most: int) -> Sequence[RoomId]:
    """Return numbers of rooms that have pads, in their order. Index: pads_pad_by_room."""
    found = db.execute(_ROOMS, {"after": after, "most": most}).scalars()
    return [RoomId(number) for number in found if number is not None]


def is_buried(db: Connection, place_hash: str, now: datetime) -> bool:
    """Return whether a pad of that name was deleted within 30 days. Index: primary key."""
    row = db.execute(_TOMBSTONE, {"of_hash": place_hash, "now": now}).one_or_none()
    return row is not None


def add_tombstone(db: Connection, place_hash: str, ends_at: datetime) -> None:
    """Keep the hash of a name, so that no stranger takes it over at once."""
    db.execute(_DROP_TOMBSTONE, {"of_hash": place_hash})
    db.execute(_ADD_TOMBSTONE, {"place_hash": place_hash, "ends_at": ends_at})
