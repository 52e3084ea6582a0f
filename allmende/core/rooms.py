"""Rooms: the place that has a call, a chat and later a pad. Systems attach to a RoomId."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from allmende.core.ids import GroupId, LinkId, RoomId


class Lobby(StrEnum):
    """Who waits at the door until a facilitator lets them in."""

    OFF = "off"
    GUESTS = "guests"
    ALL = "all"


class LinkRight(StrEnum):
    """What a room link gives. The order of definition is the order of rights."""

    LISTEN = "listen"
    SPEAK = "speak"
    FACILITATE = "facilitate"


@dataclass(frozen=True, slots=True)
class Room:
    """A room of a group, or one that stands alone (``group_id`` None: opened without account).

    ``slug`` is its place in ``/r/SLUG``. A room that stands alone is entered by its slug and
    ends at ``ends_at`` unless somebody comes back before; a room of a group never ends by itself.
    """

    id: RoomId
    group_id: GroupId | None
    slug: str
    name: str
    lobby: Lobby
    guests_share: bool
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoomLink:
    """A link into one room with its own right. The token itself is stored hashed only."""

    id: LinkId
    room_id: RoomId
    right: LinkRight
    label: str
    expires_at: datetime | None
    uses_left: int | None
