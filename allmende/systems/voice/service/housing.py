"""Everything that there is to be seen, as `model.house` wants it: made anew when it changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from allmende.core.ids import GroupId, RoomId
from allmende.core.ports.calls import CallPerson, CallShown, Client
from allmende.core.rooms import Room
from allmende.systems.voice.model.house import GroupShown, House, Idle, RoomShown, door_channel
from allmende.systems.voice.model.lines import floor_line, order_line
from allmende.systems.voice.model.view import HOME, UserShown
from allmende.systems.voice.service.arriving import Arriving
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.legs import Leg, Legs, Other, Waits
from allmende.systems.voice.service.needs import Surroundings

_ByRoom = dict[RoomId, dict[int, UserShown]]
_Idle = dict[int, Idle]
_NAMELESS: Final = "-"


@dataclass(frozen=True, slots=True)
class Floor:
    """Who speaks in turn, and since when."""

    identity: str
    since_s: float


class Housing:
    """Remembers ``floors``, and how it showed people: who is the same is the same object."""

    def __init__(
        self,
        here: Surroundings,
        legs: Legs,
        channels: Channels,
        arriving: Arriving,
    ) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels
        self._arriving = arriving
        self._label = here.words.text("voice.label")
        self.floors: dict[RoomId, Floor] = {}
        self._shown: dict[int, UserShown] = {}

    def house(self, calls: Mapping[RoomId, CallShown]) -> House:
        """Return what there is, for whoever may see it. ``calls``: those of rooms that are seen."""
        groups, rooms = self._known()
        inside, waiting, idle = self._people(calls)
        listeners = self._listeners()
        settings, shown = self._here.settings, {}
        for order, room in enumerate(rooms.values(), 1):
            number = self._channels.of_room(room.id)
            if number is not None:
                one = self._room(
                    room,
                    order,
                    calls.get(room.id),
                    inside.get(room.id, {}),
                    waiting.get(room.id, {}),
                )
                heard_by = listeners.get(room.id)
                shown[number] = replace(one, listeners=heard_by) if heard_by else one
        home = f"{self._label} {settings.page('/')}"
        return House(name=settings.title, description=home, groups=groups, rooms=shown, idle=idle)

    def _people(self, calls: Mapping[RoomId, CallShown]) -> tuple[_ByRoom, _ByRoom, _Idle]:
        """Return who is inside rooms, before doors, and at home."""
        inside: _ByRoom = {}
        waiting: _ByRoom = {}
        idle: _Idle = {}
        before, self._shown = self._shown, {}
        for leg in self._legs:
            user = self._same(before, leg.session, self._user(leg, calls))
            if leg.waits is not None:
                waiting.setdefault(leg.waits.room_id, {})[leg.session] = user
            elif leg.room_id is not None:
                inside.setdefault(leg.room_id, {})[leg.session] = user
            else:
                idle[leg.session] = Idle(user, self._groups_of(leg))
        for other in self._legs.others().values():
            where = waiting if other.waits else inside
            user = self._other(other, calls.get(other.room_id))
            where.setdefault(other.room_id, {})[other.session] = self._same(
                before, other.session, user
            )
        return inside, waiting, idle

    def _listeners(self) -> _ByRoom:
        """Return who hears which room from elsewhere."""
        found: _ByRoom = {}
        for leg in self._legs:
            for room_id in leg.listening if leg.waits is None else ():
                found.setdefault(room_id, {})[leg.session] = self._shown[leg.session]
        return found

    def _same(self, before: Mapping[int, UserShown], session: int, user: UserShown) -> UserShown:
        known = before.get(session)
        shown = self._shown[session] = known if known is not None and known == user else user
        return shown

    def newcomer(self, leg: Leg, calls: Mapping[RoomId, CallShown]) -> UserShown:
        """Return how somebody will be in the next house, with the channel where they stand."""
        user = self._shown[leg.session] = self._user(leg, calls)
        return user

    def sessions(self) -> Collection[int]:
        """Return everybody who is in the last house, or will be in the next."""
        return self._shown.keys()

    def _known(self) -> tuple[dict[int, GroupShown], dict[RoomId, Room]]:
        names: dict[GroupId, str] = {}
        rooms: dict[RoomId, Room] = {}
        for leg in self._legs:
            names.update((group.id, group.name) for group in leg.known.groups)
            rooms.update((room_id, known.room) for room_id, known in leg.known.rooms.items())
        groups: dict[int, GroupShown] = {}
        for order, group_id in enumerate(sorted(names), 1):
            number = self._channels.of_group(group_id)
            if number is not None:
                groups[number] = GroupShown(name=names[group_id], order=order)
        return groups, dict(sorted(rooms.items()))

    def _groups_of(self, leg: Leg) -> frozenset[int]:
        numbers = (self._channels.of_group(group.id) for group in leg.known.groups)
        return frozenset(number for number in numbers if number is not None)

    def _room(
        self,
        room: Room,
        order: int,
        call: CallShown | None,
        people: Mapping[int, UserShown],
        waiting: Mapping[int, UserShown],
    ) -> RoomShown:
        made = self._channels.temporary.get(room.id)
        parent = None if room.group_id is None else self._channels.of_group(room.group_id)
        words, page = self._here.words, self._here.settings.page(f"/r/{room.slug}/call")
        return RoomShown(
            name=room.name,
            parent=(made.parent if made is not None else parent) or HOME,
            order=order,
            description=f"{self._label} {words.text('voice.in-browser', page=page)}",
            temporary=made is not None,
            people=people,
            waiting=waiting,
            floor_line=self._floor_line(room.id, call),
            order_line=self._order_line(room.id, call),
            door=words.text("voice.waiting-channel", room=room.name),
        )

    # --- people -------------------------------------------------------------------------

    def _where(self, room_id: RoomId | None, waits: Waits | None) -> int:
        """Return the channel of a room, or of its door."""
        number = self._channels.of_room(room_id if waits is None else waits.room_id)
        if number is None:
            return HOME
        return number if waits is None else door_channel(number)

    def _user(self, leg: Leg, calls: Mapping[RoomId, CallShown]) -> UserShown:
        flags, identity = leg.flags, "" if leg.seat is None else leg.seat.identity
        call = None if leg.room_id is None else calls.get(leg.room_id)
        return UserShown(
            channel=self._where(leg.room_id, leg.waits),
            name=leg.name or _NAMELESS,
            user_id=leg.who.account_id,
            hash=leg.arrival.hash,
            mute=flags.muted,
            deaf=flags.deaf,
            suppress=leg.suppressed,
            self_mute=flags.self_mute,
            self_deaf=flags.self_deaf,
            priority_speaker=call is not None and call.floor == identity,
            recording=leg.recording,
            comment=leg.comment,
            texture=leg.texture_hash,
        )

    def _other(self, other: Other, call: CallShown | None) -> UserShown:
        person = other.person
        account = None if person is None else person.account_id
        waits = Waits(other.room_id, other.identity) if other.waits else None
        return UserShown(
            channel=self._where(other.room_id, waits),
            name=other.name or _NAMELESS,
            user_id=account,
            hash="" if account is None else self._arriving.hash_of(f"a{account}"),
            suppress=other.waits or (person is not None and person.suppressed),
            priority_speaker=call is not None and call.floor == other.identity,
            comment=self._comment(person),
        )

    def _comment(self, person: CallPerson | None) -> str:
        if person is None or person.client is Client.MUMBLE:
            return ""
        return self._here.words.text("voice.via-browser")

    # --- who speaks in turn -------------------------------------------------------------

    def _floor_line(self, room_id: RoomId, call: CallShown | None) -> str:
        floor = None if call is None else call.floor
        if call is None or floor is None:
            self.floors.pop(room_id, None)
            return ""
        now_s = self._here.clock.monotonic_s()
        known = self.floors.get(room_id)
        if known is None or known.identity != floor:
            known = self.floors[room_id] = Floor(floor, now_s)
        return floor_line(self.name_of(room_id, call, floor), now_s - known.since_s)

    def _order_line(self, room_id: RoomId, call: CallShown | None) -> str:
        return "" if call is None else order_line(self.order(room_id, call))

    def order(self, room_id: RoomId, call: CallShown) -> list[str]:
        """Return the names of those who wait to speak, the next one first."""
        return [self.name_of(room_id, call, identity) for identity in call.hands]

    def name_of(self, room_id: RoomId, call: CallShown, identity: str) -> str:
        """Return what clients show a participant as."""
        leg = self._legs.of_identity(room_id, identity)
        if leg is not None:
            return leg.name
        other = self._legs.other_of(room_id, identity)
        if other is not None and other.name:
            return other.name
        named = (person.name for person in call.people if person.identity == identity)
        return next(named, _NAMELESS)
