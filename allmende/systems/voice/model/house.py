"""Everything that Mumble clients are shown, and what one of them may see of it (spec voice, 2).

Channel 0 is the home; below it a channel for each group, below that its rooms, below those the
temporary ones. Whoever may not see a room gets no byte of it: neither its name nor who is inside,
neither those before its door nor what is said of it.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from allmende.systems.voice.model.names import channel_name
from allmende.systems.voice.model.view import HOME, ChannelShown, UserShown, View

MAX_NESTING: Final = 6
FIRST_VIRTUAL: Final = 1 << 30
MAX_CHANNEL: Final = (1 << 31) - 1
"""Clients hold the number of a channel in a signed integer of 32 bits."""

_VIRTUAL: Final = 4
"""Virtual channels that each room may have: two status lines, one before the door, one spare."""

_DOOR: Final = 2
MAX_ROOM_CHANNEL: Final = FIRST_VIRTUAL // _VIRTUAL - 1
_STEP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    """A group. ``order`` sorts it among the others."""

    name: str
    order: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomShown:
    """A room that has voice.

    ``parent``: channel of its group, or of the room that a temporary one was made in; 0: home.
    ``order`` sorts it among the others; what is told is its place among those that are seen.
    ``people`` are inside, ``waiting`` are before the door; the channel of either is set here.
    ``listeners`` hear it from elsewhere.
    ``floor_line``, ``order_line``: who speaks and who is next, if anything is to be said.
    ``door``: the name of the channel of those who wait.
    """

    name: str
    parent: int = HOME
    order: int = 1
    description: str = ""
    temporary: bool = False
    max_users: int = 0
    people: Mapping[int, UserShown] = field(default_factory=dict)
    waiting: Mapping[int, UserShown] = field(default_factory=dict)
    listeners: Mapping[int, UserShown] = field(default_factory=dict)
    floor_line: str = ""
    order_line: str = ""
    door: str = ""


@dataclass(frozen=True, slots=True)
class Idle:
    """Somebody in channel 0. Who has one of ``groups`` in common with them sees them there."""

    user: UserShown
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What there is to be seen. Groups and rooms by channel, people by session."""

    name: str
    description: str = ""
    groups: Mapping[int, GroupShown] = field(default_factory=dict)
    rooms: Mapping[int, RoomShown] = field(default_factory=dict)
    idle: Mapping[int, Idle] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a receiver may see. Receivers whose sights are equal have the same view.

    ``rooms``: channels of rooms that may be seen; ``held``: those of them of which nobody inside
    is seen, since a door is between; ``enter``: those that may be entered; ``facilitates``: those
    whose door is seen. ``groups``: of which one is a member. ``alone``: the session of somebody
    who sees themself where others do not see them; else 0.
    """

    rooms: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    enter: frozenset[int] = frozenset()
    facilitates: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    alone: int = 0


def floor_channel(room: int) -> int:
    """Return the channel of a room that says who has the floor."""
    return FIRST_VIRTUAL + _VIRTUAL * room


def order_channel(room: int) -> int:
    """Return the channel of a room that says who is next."""
    return floor_channel(room) + 1


def door_channel(room: int) -> int:
    """Return the channel of those who wait before a room."""
    return floor_channel(room) + _DOOR


def room_before(channel: int) -> int | None:
    """Return the room that people in ``channel`` wait for; None: it is no such channel."""
    if channel < FIRST_VIRTUAL or (channel - FIRST_VIRTUAL) % _VIRTUAL != _DOOR:
        return None
    return (channel - FIRST_VIRTUAL) // _VIRTUAL


def is_virtual(channel: int) -> bool:
    """Say whether a channel is neither home nor group nor room."""
    return channel >= FIRST_VIRTUAL


def depth(house: House, channel: int) -> int:
    """Return how many channels are above this one; with a new one below, MAX_NESTING at most."""
    above = 0
    while channel in house.rooms and above <= MAX_NESTING:
        channel = house.rooms[channel].parent
        above += 1
    return above if channel == HOME else above + 1


def sight_of(house: House, sight: Sight, session: int) -> Sight:
    """Return the sight of the person ``session``: they see themself wherever they are."""
    alone = 0 if _is_shown(house, sight, session) else session
    return sight if sight.alone == alone else replace(sight, alone=alone)


def _is_shown(house: House, sight: Sight, session: int) -> bool:
    """Say whether everybody with this sight sees this person."""
    idle = house.idle.get(session)
    if idle is not None and idle.groups & sight.groups:
        return True
    for number in sight.rooms & house.rooms.keys():
        room = house.rooms[number]
        if number not in sight.held and (session in room.people or session in room.listeners):
            return True
        if session in room.waiting and number in sight.facilitates:
            return True
    return False


def view_of(house: House, sight: Sight) -> View:
    """Return what a receiver with this sight is shown.

    Whatever is not in their sight changes nothing of it, not even a position.
    """
    channels: dict[int, ChannelShown] = {
        HOME: ChannelShown(
            parent=None, name=channel_name(house.name), description=house.description
        )
    }
    users: dict[int, UserShown] = {
        session: _at(idle.user, HOME)
        for session, idle in house.idle.items()
        if session == sight.alone or idle.groups & sight.groups
    }
    for place, number in _ranked(house.groups, sight.groups):
        name = channel_name(house.groups[number].name)
        channels[number] = ChannelShown(parent=HOME, name=name, position=place)
    for place, number in _ranked(house.rooms, sight.rooms):
        _add_room(_Seen(house, sight, number, place), channels, users)
    _add_listeners(house, sight, users)
    if sight.alone and sight.alone not in users:
        users |= _at_home(house, sight.alone)
    return View(MappingProxyType(channels), MappingProxyType(users))


def _ranked(
    known: Mapping[int, GroupShown] | Mapping[int, RoomShown], seen: Set[int]
) -> Iterator[tuple[int, int]]:
    """Yield position and number of those that are seen, in their order."""
    ordered = sorted(seen & known.keys(), key=lambda number: (known[number].order, number))
    return ((_STEP * place, number) for place, number in enumerate(ordered, 1))


def _at_home(house: House, session: int) -> Iterator[tuple[int, UserShown]]:
    """Whoever stands where they may not be is shown to themself at home: clients need that."""
    for room in house.rooms.values():
        user = room.people.get(session) or room.waiting.get(session)
        if user is not None:
            yield session, replace(user, channel=HOME)


class _Seen:
    """A room as a receiver sees it."""

    __slots__ = ("_sight", "channel", "parent", "place", "room")

    def __init__(self, house: House, sight: Sight, channel: int, place: int) -> None:
        self._sight = sight
        self.channel = channel
        self.place = place
        self.room = house.rooms[channel]
        self.parent = _parent_seen(house, sight, self.room.parent)

    def may_enter(self) -> bool:
        return self.channel in self._sight.enter

    def may_let_in(self) -> bool:
        return self.channel in self._sight.facilitates

    def may_look_in(self) -> bool:
        return self.channel not in self._sight.held

    def people(self) -> Mapping[int, UserShown]:
        """Return whom of those inside this receiver sees."""
        return self.room.people if self.may_look_in() else {}

    def waiting(self) -> Mapping[int, UserShown]:
        """Return whom of those before the door this receiver sees."""
        if self.may_let_in():
            return self.room.waiting
        alone = self._sight.alone
        return {alone: self.room.waiting[alone]} if alone in self.room.waiting else {}


def _parent_seen(house: House, sight: Sight, number: int) -> int:
    """Return the nearest channel from ``number`` upwards that is seen."""
    for _ in range(MAX_NESTING):
        if number in sight.groups & house.groups.keys():
            return number
        if number not in house.rooms:
            return HOME
        if number in sight.rooms:
            return number
        number = house.rooms[number].parent
    return HOME


def _add_room(seen: _Seen, channels: dict[int, ChannelShown], users: dict[int, UserShown]) -> None:
    room, number = seen.room, seen.channel
    channels[number] = ChannelShown(
        parent=seen.parent,
        name=channel_name(room.name),
        position=seen.place,
        description=room.description,
        temporary=room.temporary,
        max_users=room.max_users,
        is_enter_restricted=not seen.may_enter(),
        can_enter=seen.may_enter(),
    )
    users |= _standing_in(seen.people(), number)
    if seen.may_look_in():
        channels |= _lines(seen)
    waiting = seen.waiting()
    if waiting:
        door = _label(seen, room.door or room.name, 1)
        channels[door_channel(number)] = replace(door, can_enter=seen.may_let_in())
        users |= _standing_in(waiting, door_channel(number))


def _add_listeners(house: House, sight: Sight, users: dict[int, UserShown]) -> None:
    """Nobody listens unseen: who sees those inside sees who listens, at home if nowhere else."""
    for number in sorted((sight.rooms - sight.held) & house.rooms.keys()):
        for session, user in house.rooms[number].listeners.items():
            shown = users.get(session) or _at(user, HOME)
            users[session] = replace(shown, listening=shown.listening | {number})


def _lines(seen: _Seen) -> Iterator[tuple[int, ChannelShown]]:
    """Yield the order of speakers: siblings of the room, directly above it."""
    if seen.room.floor_line:
        yield floor_channel(seen.channel), _label(seen, seen.room.floor_line, -2)
    if seen.room.order_line:
        yield order_channel(seen.channel), _label(seen, seen.room.order_line, -1)


def _label(seen: _Seen, name: str, beside: int) -> ChannelShown:
    """Return a channel that is there to be read."""
    return ChannelShown(
        parent=seen.parent,
        name=channel_name(name),
        position=seen.place + beside,
        is_enter_restricted=True,
        can_enter=False,
    )


def _standing_in(people: Mapping[int, UserShown], channel: int) -> Mapping[int, UserShown]:
    return {session: _at(user, channel) for session, user in people.items()}


def _at(user: UserShown, channel: int) -> UserShown:
    """Return somebody standing there: the same object if they are said to."""
    return user if user.channel == channel else replace(user, channel=channel)
