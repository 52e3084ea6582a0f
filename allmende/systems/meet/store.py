"""What is kept of calls: one row of settings for a room that has any."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from allmende.core.ids import RoomId
from allmende.storage.retention import Kept
from allmende.storage.types import metadata
from allmende.systems.meet.model import RoomSettings

rooms = Table(
    "meet_room",
    metadata,
    Column("room_id", BigInteger, primary_key=True, autoincrement=False),
    Column("max_cameras", BigInteger),
)
calls = Table(
    "meet_call",
    metadata,
    Column("room_id", BigInteger, primary_key=True, autoincrement=False),
    Column("people", BigInteger, nullable=False),
)
KEPT: Final = [
    Kept(rooms, days=None, why="a setting of the room; it goes with the room"),
    Kept(calls, days=None, why="a count for `allmende meet who`; it goes with the call"),
]

_BY_ROOM = select(rooms).where(rooms.c.room_id == bindparam("room"))
_CHANGE = update(rooms).where(rooms.c.room_id == bindparam("room"))
_ADD = insert(rooms)
_COUNTS = select(calls).order_by(calls.c.room_id)
_COUNT = update(calls).where(calls.c.room_id == bindparam("room"))
_ADD_COUNT = insert(calls)
_FORGET_COUNT = delete(calls).where(calls.c.room_id == bindparam("room"))
_FORGET_COUNTS = delete(calls)
_FORGET = delete(rooms).where(rooms.c.room_id == bindparam("room"))


def settings(db: Connection, room_id: RoomId) -> RoomSettings:
    """Return the settings of a room, the defaults if it has none. Index: primary key."""
    row = db.execute(_BY_ROOM, {"room": room_id}).one_or_none()
    return RoomSettings(room_id) if row is None else RoomSettings(*row)


def set_max_cameras(db: Connection, room_id: RoomId, most: int | None) -> None:
    """Keep how many cameras are allowed; None: what fits. Index: primary key."""
    changed = db.execute(_CHANGE, {"room": room_id, "max_cameras": most})
    if changed.rowcount == 0:
        db.execute(_ADD, {"room_id": room_id, "max_cameras": most})


def forget(db: Connection, room_id: RoomId) -> None:
    """Delete the settings of a room that is gone. Index: primary key."""
    db.execute(_FORGET, {"room": room_id})


def count_people(db: Connection, room_id: RoomId, people: int) -> None:
    """Keep how many are connected in a room; 0 forgets it. Index: primary key."""
    if people == 0:
        db.execute(_FORGET_COUNT, {"room": room_id})
    elif db.execute(_COUNT, {"room": room_id, "people": people}).rowcount == 0:
        db.execute(_ADD_COUNT, {"room_id": room_id, "people": people})


def people_by_room(db: Connection) -> Sequence[tuple[RoomId, int]]:
    """Return how many are connected where, by number of the room. Index: primary key."""
    return [(RoomId(room_id), people) for room_id, people in db.execute(_COUNTS)]


def forget_counts(db: Connection) -> None:
    """Forget all counts: after a start nobody is connected yet."""
    db.execute(_FORGET_COUNTS)
