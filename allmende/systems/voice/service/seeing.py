"""What one leg sees of the house, and what it may do in each channel of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType

from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Lobby, Room
from allmende.systems.voice.model.bits import Bit, group_bits, home_bits, room_bits
from allmende.systems.voice.model.house import (
    House,
    Sight,
    floor_channel,
    order_channel,
    room_before,
    view_of,
)
from allmende.systems.voice.model.view import HOME, UserShown, View
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.service.people import People

Rooms = frozenset[int]


class Views:
    """The views of one house: made once for all who see the same."""

    def __init__(self, house: House, channels: Channels, people: People) -> None:
        self._house = house
        self._channels = channels
        self._people = people
        self._made: dict[tuple[Sight, Rooms], View] = {}

    def of(self, leg: Leg) -> View:
        """Return what a leg is shown; itself always."""
        sight, hidden = self._sight(leg)
        shared = self._view(sight, hidden)
        if leg.session in shared.users:
            return shared
        alone = replace(sight, alone=leg.session)
        return _without(view_of(self._around(leg, hidden), alone), hidden, leg.session)

    def shared(self, leg: Leg) -> View:
        """Return what everybody is shown who sees what this leg does, itself apart."""
        return self._view(*self._sight(leg))

    def covers(self, leg: Leg) -> bool:
        """Return whether every group and room that a leg knows of is in this house."""
        sight, _ = self._sight(leg)
        return sight.rooms <= self._house.rooms.keys() and sight.groups <= self._house.groups.keys()

    def _around(self, leg: Leg, hidden: Rooms) -> House:
        """Return the house with nobody before doors but this leg: hundreds may wait there."""
        rooms = {}
        for number, room in self._house.rooms.items():
            own = room.waiting.get(leg.session)
            waiting = {} if own is None else {int(leg.session): own}
            people = {} if number in hidden else room.people
            rooms[number] = replace(room, people=people, waiting=waiting)
        return replace(self._house, rooms=rooms)

    def _view(self, sight: Sight, hidden: Rooms) -> View:
        view = self._made.get((sight, hidden))
        if view is None:
            view = _without(view_of(self._house, sight), hidden, 0)
            self._made[sight, hidden] = view
        return view

    def _sight(self, leg: Leg) -> tuple[Sight, Rooms]:
        acts = self._people.facilitates(leg, leg.room_id)
        kept = leg.sighted
        if kept is not None and kept[0] is leg.known and kept[1:3] == (leg.room_id, acts):
            return kept[3:]
        found = self._look(leg)
        leg.sighted = (leg.known, leg.room_id, acts, *found)
        return found

    def _look(self, leg: Leg) -> tuple[Sight, Rooms]:
        rooms: set[int] = set()
        enter: set[int] = set()
        hidden: set[int] = set()
        facilitates: set[int] = set()
        for room_id, known in leg.known.rooms.items():
            number = self._channels.of_room(room_id)
            if number is None:
                continue
            rooms.add(number)
            if Permission.ROOM_ENTER in known.rights:
                enter.add(number)
            if self._people.facilitates(leg, room_id):
                facilitates.add(number)
            elif leg.room_id != room_id and is_held(known.room, known.rights):
                hidden.add(number)
        numbers = (self._channels.of_group(group.id) for group in leg.known.groups)
        groups = frozenset(number for number in numbers if number is not None)
        sight = Sight(
            rooms=frozenset(rooms),
            enter=frozenset(enter),
            facilitates=frozenset(facilitates),
            groups=groups,
        )
        return sight, frozenset(hidden)


def _without(view: View, hidden: Rooms, own: int) -> View:
    """Leave out who is inside rooms whose door holds the receiver, and what is said there."""
    if not hidden:
        return view
    lines = {line for room in hidden for line in (floor_channel(room), order_channel(room))}
    users = dict(_seen(view, hidden, own))
    channels = {c: shown for c, shown in view.channels.items() if c not in lines}
    return View(MappingProxyType(channels), MappingProxyType(users))


def _seen(view: View, hidden: Rooms, own: int) -> Iterator[tuple[int, UserShown]]:
    """Yield who is seen; who listens to a room is seen there, at home if nowhere else."""
    for session, user in view.users.items():
        heard = user.listening - hidden
        if session == own or user.channel not in hidden:
            is_same = len(heard) == len(user.listening)
            yield session, user if is_same else replace(user, listening=heard)
        elif heard:
            yield session, replace(user, channel=HOME, listening=heard)


def is_held(room: Room, rights: Iterable[Permission]) -> bool:
    """Return whether somebody has to be let in: until then they see nobody inside."""
    given = frozenset(rights)
    if Permission.ROOM_ENTER not in given:
        return True
    if Permission.ROOM_FACILITATE in given or room.lobby is Lobby.OFF:
        return False
    return room.lobby is Lobby.ALL or Permission.MEET_START not in given


class Bits:
    """Permissions as a client's menus know them."""

    def __init__(self, channels: Channels, people: People) -> None:
        self._channels = channels
        self._people = people

    def of(self, leg: Leg, channel: int) -> int:
        """Return what a leg may do in a channel that it sees; 0 for any other."""
        if channel == HOME:
            return int(self._home(leg))
        waited_for = room_before(channel)
        room_id = self._channels.room_of(channel if waited_for is None else waited_for)
        if room_id is not None and leg.room(room_id) is not None:
            bits = self._room(leg, room_id)
            return int(bits if waited_for is None else bits & ~Bit.SPEAK)
        group_id = self._channels.group_of(channel)
        if group_id is not None and group_id in leg.known.in_groups:
            return int(group_bits(leg.known.in_groups[group_id]))
        return int(Bit.NONE)

    def _home(self, leg: Leg) -> Bit:
        rooms = [self._room(leg, room_id) for room_id in leg.known.rooms]
        groups = [group_bits(rights) for rights in leg.known.in_groups.values()]
        arrival = leg.arrival
        may_register = bool(
            leg.who.account_id is not None and arrival.certificate and not arrival.bound
        )
        return home_bits([*rooms, *groups], leg.known.server, may_register=may_register)

    def _room(self, leg: Leg, room_id: RoomId) -> Bit:
        known = leg.known.rooms[room_id]
        call = self._people.shown(room_id) if leg.room_id == room_id else None
        return room_bits(
            known.rights,
            silenced=leg.room_id == room_id and leg.suppressed,
            in_turn=call is not None and call.moderated,
            facilitates=self._people.facilitates(leg, room_id),
        )
