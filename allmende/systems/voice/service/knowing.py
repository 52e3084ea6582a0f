"""What somebody may know of: groups, rooms, and what they may do there; asked at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.groups import Group, Role
from allmende.core.ids import GroupId, RoomId
from allmende.core.permissions import BY_ROLE, MEMBERS_LISTEN, Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.store import groups, rooms
from allmende.identity.store.credentials import still_good
from allmende.systems.voice import store
from allmende.systems.voice.model.settings import USUAL, RoomVoice

_NOTHING: Final[frozenset[Permission]] = frozenset()
_MODERATION: Final = frozenset({Permission.DESK_MODERATE})


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room that may be seen, everything that may be done there, and how its voice is set."""

    room: Room
    rights: frozenset[Permission]
    voice: RoomVoice = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What one leg may know of. A guest of a room is told nothing of its group.

    ``good``: whether what they came with still is. ``in_groups``: what may be done in a group;
    ``server``: on the whole server.
    """

    good: bool = True
    groups: Sequence[Group] = ()
    rooms: Mapping[RoomId, KnownRoom] = field(default_factory=dict)
    in_groups: Mapping[GroupId, frozenset[Permission]] = field(default_factory=dict)
    server: frozenset[Permission] = _NOTHING

    def sees(self, room_id: RoomId) -> bool:
        """Return whether the room may be known of."""
        return room_id in self.rooms


NOTHING: Final = Known()


def known(db: Connection, who: Caller, guests: Mapping[RoomId, Caller], now: datetime) -> Known:
    """Return what a leg may know of; ``guests``: as whom it is in rooms with an invite."""
    if not still_good(db, who, now):
        return Known(good=False)
    roles, settings = _roles(db, who), store.all_settings(db)
    found: dict[RoomId, KnownRoom] = {}
    for group, _ in roles:
        _add(db, who, rooms.rooms_of(db, group.id), (settings, found))
    for caller, room_id in _as_guest(who, guests):
        room = rooms.find_room(db, room_id)
        if room is not None and room_id not in found:
            _add(db, caller, (room,), (settings, found))
    return Known(
        groups=tuple(group for group, _ in roles),
        rooms=found,
        in_groups={group.id: BY_ROLE[role] for group, role in roles},
        server=_MODERATION if access.keeps_order(db, who) else _NOTHING,
    )


def _roles(db: Connection, who: Caller) -> list[tuple[Group, Role]]:
    if who.account_id is None:
        return []
    return [(each.group, each.role) for each in groups.groups_of(db, who.account_id)]


def _as_guest(who: Caller, guests: Mapping[RoomId, Caller]) -> Iterable[tuple[Caller, RoomId]]:
    if who.guest is not None:
        yield who, who.guest.room_id
    for room_id, caller in guests.items():
        yield caller, room_id


def _add(
    db: Connection,
    who: Caller,
    where: Iterable[Room],
    into: tuple[Mapping[RoomId, RoomVoice], dict[RoomId, KnownRoom]],
) -> None:
    settings, found = into
    for room in where:
        voice = settings.get(room.id, USUAL)
        rights = access.rights(db, who, room)
        if Permission.ROOM_SEE in rights and not voice.is_off:
            if voice.may_listen and Permission.VOICE_WHISPER in rights:
                rights |= MEMBERS_LISTEN
            found[room.id] = KnownRoom(room, rights, voice)
