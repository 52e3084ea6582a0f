"""What is kept of voice: the numbers of channels, and a count for the operator."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from allmende.core.ids import GroupId, RoomId
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, metadata
from allmende.systems.voice.model.settings import USUAL, RoomVoice

channels = Table(
    "voice_channel",
    metadata,
    Column("id", RowId, primary_key=True),
    Column(
        "group_id", BigInteger, ForeignKey("identity_group.id", ondelete="CASCADE"), unique=True
    ),
    Column("room_id", BigInteger, ForeignKey("identity_room.id", ondelete="CASCADE"), unique=True),
)
counts = Table(
    "voice_count",
    metadata,
    Column("room_id", BigInteger, primary_key=True, autoincrement=False),
    Column("people", BigInteger, nullable=False),
)
rooms = Table(
    "voice_room",
    metadata,
    Column(
        "room_id", BigInteger, ForeignKey("identity_room.id", ondelete="CASCADE"),
        primary_key=True, autoincrement=False,
    ),
    Column("is_off", Boolean, nullable=False),
    Column("may_listen", Boolean, nullable=False),
    Column("may_record", Boolean, nullable=False),
    Column("push_to_talk", Boolean, nullable=False),
    Column("bandwidth_bps", BigInteger),
)  # fmt: skip
KEPT: Final = [
    Kept(channels, days=None, why="clients keep filters by this number; it goes with the room"),
    Kept(rooms, days=None, why="settings of a room; they go with it"),
    Kept(counts, days=None, why="a count for `allmende voice who`; it goes with the last leg"),
]

_ALL = select(channels.c.id, channels.c.group_id, channels.c.room_id)
_OF_GROUP = select(channels.c.id).where(channels.c.group_id == bindparam("group"))
_OF_ROOM = select(channels.c.id).where(channels.c.room_id == bindparam("room"))
_ADD = insert(channels).returning(channels.c.id)
_SETTINGS = select(rooms)
_SETTINGS_OF = select(rooms).where(rooms.c.room_id == bindparam("room"))
_SET = update(rooms).where(rooms.c.room_id == bindparam("room"))
_ADD_SETTINGS = insert(rooms)
_COUNTS = select(counts).order_by(counts.c.room_id)
_COUNT = update(counts).where(counts.c.room_id == bindparam("room"))
_ADD_COUNT = insert(counts)
_FORGET_COUNT = delete(counts).where(counts.c.room_id == bindparam("room"))
_FORGET_COUNTS = delete(counts)


def channel_numbers(db: Connection) -> tuple[dict[GroupId, int], dict[RoomId, int]]:
    """Return the channels of groups and of rooms. Reads all rows: once, at the start."""
    of_groups: dict[GroupId, int] = {}
    of_rooms: dict[RoomId, int] = {}
    for number, group_id, room_id in db.execute(_ALL):
        if group_id is not None:
            of_groups[GroupId(group_id)] = number
        else:
            of_rooms[RoomId(room_id)] = number
    return of_groups, of_rooms


def add_channels(
    db: Connection, groups: Iterable[GroupId], rooms: Iterable[RoomId]
) -> tuple[Mapping[GroupId, int], Mapping[RoomId, int]]:
    """Give numbers to groups and rooms; those that have one keep it. Indexes: unique columns."""
    of_groups = {group: _number(db, group_id=group) for group in groups}
    of_rooms = {room: _number(db, room_id=room) for room in rooms}
    return of_groups, of_rooms


def _number(db: Connection, group_id: int | None = None, room_id: int | None = None) -> int:
    if group_id is not None:
        known = db.execute(_OF_GROUP, {"group": group_id}).scalar_one_or_none()
    else:
        known = db.execute(_OF_ROOM, {"room": room_id}).scalar_one_or_none()
    if known is None:
        known = db.execute(_ADD, {"group_id": group_id, "room_id": room_id}).scalar_one()
    return int(known)


def count_people(db: Connection, room_id: RoomId, people: int) -> None:
    """Keep how many legs are in a room; 0 forgets it. Index: primary key."""
    if people == 0:
        db.execute(_FORGET_COUNT, {"room": room_id})
    elif db.execute(_COUNT, {"room": room_id, "people": people}).rowcount == 0:
        db.execute(_ADD_COUNT, {"room_id": room_id, "people": people})


def people_by_room(db: Connection) -> Sequence[tuple[RoomId, int]]:
    """Return how many legs are where, by number of the room. Index: primary key."""
    return [(RoomId(room_id), people) for room_id, people in db.execute(_COUNTS)]


def forget_counts(db: Connection) -> None:
    """Forget all counts: after a start nobody is connected yet."""
    db.execute(_FORGET_COUNTS)


def all_settings(db: Connection) -> dict[RoomId, RoomVoice]:
    """Return what is set for rooms where anything is. Index: primary key."""
    return {RoomId(row[0]): _settings(*row[1:]) for row in db.execute(_SETTINGS)}


def settings_of(db: Connection, room_id: RoomId) -> RoomVoice:
    """Return what is set for one room. Index: primary key."""
    row = db.execute(_SETTINGS_OF, {"room": room_id}).one_or_none()
    return USUAL if row is None else _settings(*row[1:])


def set_settings(db: Connection, room_id: RoomId, voice: RoomVoice) -> None:
    """Keep what is set for a room. Index: primary key."""
    values = {
        "is_off": voice.is_off,
        "may_listen": voice.may_listen,
        "may_record": voice.may_record,
        "push_to_talk": voice.push_to_talk,
        "bandwidth_bps": voice.bandwidth_bps,
    }
    if db.execute(_SET, {"room": room_id, **values}).rowcount == 0:
        db.execute(_ADD_SETTINGS, {"room_id": room_id, **values})


def _settings(
    is_off: bool, may_listen: bool, may_record: bool, push_to_talk: bool, bandwidth_bps: int | None
) -> RoomVoice:
    return RoomVoice(
        is_off=is_off,
        may_listen=may_listen,
        may_record=may_record,
        push_to_talk=push_to_talk,
        bandwidth_bps=bandwidth_bps,
    )
