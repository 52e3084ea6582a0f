"""Ten thousand random moves, grants and revocations: nobody is told a byte of what is hidden.

Every name and text carries a secret of its room or group. After each step every receiver's bytes
are searched for the secrets of all rooms and groups that they may not see.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from allmende.protocols.mumble.framing import frame
from allmende.protocols.mumble.messages import UserState
from allmende.systems.voice.model.house import (
    GroupShown,
    House,
    Idle,
    RoomShown,
    Sight,
    sight_of,
    view_of,
)
from allmende.systems.voice.model.lines import floor_line, order_line
from allmende.systems.voice.model.view import NOTHING, UserShown, View, difference
from tests.systems.voice.model.client import Client

STEPS = 10_000
GROUPS = (1, 2, 3)
ROOMS = {10: 1, 11: 1, 12: 2, 13: 2, 14: 3, 15: 0}
TEMPORARY = {20: 10, 21: 12, 22: 20}
PEOPLE = tuple(range(101, 109))
SECRET = re.compile(rb"(?:group|room|inside)-\d+-secret")


def secret(kind: str, number: int) -> str:
    return f"{kind}-{number}-secret"


@dataclass
class Person:
    """Somebody, who is in a room, before it, or at home (0); the name says where they are."""

    session: int
    room: int = 0
    waits: bool = False
    sight: Sight = field(default_factory=Sight)
    mute: bool = False
    listens: int = 0
    """A room that they hear, or 0; only without a door between (the service sees to that)."""

    def hears(self) -> int:
        return self.listens if self.listens in self.sight.rooms - self.sight.held else 0

    def shown(self) -> UserShown:
        inside = ""
        if not self.waits and self.room in self.sight.rooms - self.sight.held:
            inside = secret("inside", self.room)
        return UserShown(
            channel=999,
            name=f"p{self.session}",
            comment=inside,
            mute=self.mute,
            suppress=bool(inside),
        )


class World:
    """A house in which anything may happen."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.people = {session: Person(session) for session in PEOPLE}
        self.temporary: dict[int, int] = {}
        self.clock = 0

    def step(self) -> None:
        who = self.people[self.chance.choice(PEOPLE)]
        self.clock += 1
        self.chance.choice(
            (self._move, self._move, self._move, self._grant, self._revoke, self._mute,
             self._room, self._listen)
        )(who)  # fmt: skip

    def _move(self, who: Person) -> None:
        """Who may enter moves in, who may see it waits; whoever may nothing stays."""
        room = self.chance.choice([0, *ROOMS, *self.temporary])
        if room == 0 or room in who.sight.rooms:
            who.room = room
            who.waits = room != 0 and room not in who.sight.enter

    def _grant(self, who: Person) -> None:
        sight = who.sight
        room = self.chance.choice([*ROOMS, *self.temporary])
        match self.chance.randrange(5):
            case 0:
                who.sight = replace(sight, rooms=sight.rooms | {room})
            case 1:
                who.sight = replace(sight, rooms=sight.rooms | {room}, enter=sight.enter | {room})
            case 2:
                held = sight.held ^ {room}
                who.sight = replace(sight, rooms=sight.rooms | {room}, held=held)
            case 3:
                everything = sight.rooms | {room}
                who.sight = replace(sight, rooms=everything, facilitates=sight.facilitates | {room})
            case _:
                group = self.chance.choice(GROUPS)
                who.sight = replace(sight, groups=sight.groups | {group})

    def _revoke(self, who: Person) -> None:
        """They may still stand in the room for a moment: the rest of the house is not so fast."""
        room = self.chance.choice([*ROOMS, *TEMPORARY])
        sight = who.sight
        who.sight = replace(
            sight,
            rooms=sight.rooms - {room},
            enter=sight.enter - {room},
            facilitates=sight.facilitates - {room},
            groups=sight.groups - {self.chance.choice((0, *GROUPS))},
        )

    def _mute(self, who: Person) -> None:
        who.mute = not who.mute

    def _listen(self, who: Person) -> None:
        who.listens = self.chance.choice([0, *ROOMS, *self.temporary])

    def _room(self, _: Person) -> None:
        """A temporary room comes, or goes and all in it go home."""
        number = self.chance.choice(list(TEMPORARY))
        if number in self.temporary:
            gone = {number} | {room for room, below in self.temporary.items() if below == number}
            for room in gone:
                self.temporary.pop(room, None)
            for person in self.people.values():
                if person.room in gone:
                    person.room, person.waits = 0, False
        else:
            self.temporary[number] = TEMPORARY[number]

    # --- as it is shown -----------------------------------------------------------------

    def house(self) -> House:
        idle = {
            person.session: Idle(person.shown(), person.sight.groups)
            for person in self.people.values()
            if person.room == 0
        }
        return House(
            name="home",
            groups={group: GroupShown(name=secret("group", group)) for group in GROUPS},
            rooms={number: self._shown(number) for number in [*ROOMS, *self.temporary]},
            idle=idle,
        )

    def _shown(self, number: int) -> RoomShown:
        here = [person for person in self.people.values() if person.room == number]
        inside = {person.session: person.shown() for person in here if not person.waits}
        name = secret("room", number)
        return RoomShown(
            name=name,
            parent=self.temporary.get(number, ROOMS.get(number, 0)),
            order=number,
            description=name,
            temporary=number in self.temporary,
            people=inside,
            waiting={person.session: person.shown() for person in here if person.waits},
            listeners={
                person.session: replace(person.shown(), comment="")
                for person in self.people.values()
                if person.hears() == number and not person.waits
            },
            floor_line=floor_line(secret("inside", number), self.clock) if inside else "",
            order_line=order_line([secret("inside", number)] * (len(inside) - 1)),
            door=f"Waiting: {name}",
        )

    def hidden_from(self, who: Person) -> Iterator[bytes]:
        for room in (*ROOMS, *TEMPORARY):
            if room not in who.sight.rooms:
                yield secret("room", room).encode()
            if room not in who.sight.rooms - who.sight.held and not self._is_own(who, room):
                yield secret("inside", room).encode()
        for group in GROUPS:
            if group not in who.sight.groups:
                yield secret("group", group).encode()

    def _is_own(self, who: Person, room: int) -> bool:
        """Say whether the word of the room is in what ``who`` is shown of themself."""
        return who.room == room and bool(who.shown().comment)

    def may_know(self, who: Person, other: Person) -> bool:
        """Say whether ``who`` may know that ``other`` is there."""
        if who is other:
            return True
        if not other.waits and other.hears() in who.sight.rooms - who.sight.held - {0}:
            return True
        if other.room == 0:
            return bool(who.sight.groups & other.sight.groups)
        if other.waits:
            return other.room in who.sight.facilitates & who.sight.rooms
        return other.room in who.sight.rooms - who.sight.held


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_byte_of_a_hidden_room_is_sent_and_every_client_knows_what_is_so(seed: int) -> None:
    world = World(seed)
    views: dict[int, View] = dict.fromkeys(PEOPLE, NOTHING)
    clients = {session: Client() for session in PEOPLE}
    for _ in range(STEPS // 2):
        world.step()
        house = world.house()
        shared: dict[Sight, View] = {}
        for session, person in world.people.items():
            sight = sight_of(house, person.sight, session)
            if sight not in shared:
                shared[sight] = view_of(house, sight)
            view = shared[sight]
            changes = difference(views[session], view, session)
            told = set(SECRET.findall(b"".join(map(frame, changes))))
            assert told.isdisjoint(world.hidden_from(person))
            met = {change.session for change in changes if isinstance(change, UserState)}
            assert all(world.may_know(person, world.people[other]) for other in met if other)
            clients[session].take(changes)
            assert session in clients[session].users
            assert clients[session].view == view
            views[session] = view
