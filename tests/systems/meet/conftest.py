"""A call without media: identity on a real database, the fake backend, a clock tests turn."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, text

from allmende.core.accounts import STRANGER, Caller
from allmende.core.bus import Bus
from allmende.core.errors import AllmendeError
from allmende.core.events import Fact, Signal
from allmende.core.groups import Role
from allmende.core.ids import FactId, RoomId
from allmende.core.ports.conference import CallEvent, CallEventKind, Source
from allmende.core.rooms import LinkRight, Lobby, Room
from allmende.identity.service import IdentityService
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.storage.relay import Relay
from allmende.systems.meet import events
from allmende.systems.meet.model import call_id
from allmende.systems.meet.service import Joined, Limits, MeetService, Waiting, Wish
from allmende.systems.meet.system import FACTS
from tests.fakes.conference import FakeConference
from tests.identity.town import GOOD, HandClock, Inline, fail, quickly

T = TypeVar("T")


@dataclass
class House:
    """One room with a call, and people who go in and out in one line."""

    database: Database
    conference: FakeConference = field(default_factory=FakeConference)
    clock: HandClock = field(default_factory=HandClock)
    max_participants: int = 150

    def __post_init__(self) -> None:
        self.bus = Bus(fail)
        self.identity = quickly(IdentityService(self.database, self.clock, Inline(), self.bus))
        self.doors = Doors(self.bus, self.clock, b"k" * 32)
        self.meet = MeetService(
            self.database,
            self.identity,
            self.doors,
            self.conference,
            self.clock,
            self.bus,
            Limits(max_participants=self.max_participants),
        )
        self.signals: list[Signal] = []
        for kind in (events.HandsChanged, events.StateChanged, events.PeopleChanged, events.Muted):
            self.bus.watch_signal(kind, self.signals.append)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    # --- people and rooms ---------------------------------------------------------------

    def person(self, name: str) -> Caller:
        async def make() -> Caller:
            code = await self.identity.make_operator_invite()
            signed_in = await self.identity.accept_invite(code, name, GOOD)
            return await self.identity.caller(signed_in.token, None)

        return self.run(make())

    def group_room(self, lobby: Lobby = Lobby.GUESTS) -> Room:
        """A room of a group: ada is admin, mel a member, fay a facilitator."""
        self.ada, self.mel, self.fay = (self.person(name) for name in ("ada", "mel", "fay"))

        async def make() -> Room:
            group = await self.identity.make_group(self.ada, "Küche")
            for who, role in ((self.mel, Role.MEMBER), (self.fay, Role.FACILITATOR)):
                code = await self.identity.make_invite(self.ada, group.id, role)
                await self.identity.join_by_invite(who, code)
            room = await self.identity.make_room(self.ada, group.id, "Plenum")
            return await self.identity.change_room(
                self.ada, room.id, name="Plenum", lobby=lobby, guests_share=False
            )

        return self.run(make())

    def link(self, room: Room, right: LinkRight = LinkRight.SPEAK) -> str:
        return self.run(self.identity.make_link(self.ada, room.id, right))

    def open_room(self) -> tuple[Room, str]:
        opened = self.run(self.identity.open_room("Offen"))
        return opened.room, opened.facilitator_token

    # --- calls --------------------------------------------------------------------------

    def ask(self, who: Caller, room: RoomId, **wish: Any) -> Joined | Waiting:
        return self.run(self.meet.join(who, room, Wish(**wish)))

    def join(self, who: Caller, room: RoomId, **wish: Any) -> Joined:
        answer = self.ask(who, room, **wish)
        assert isinstance(answer, Joined)
        return answer

    def enter(self, who: Caller, room: RoomId, **wish: Any) -> str:
        """Join and connect; return the identity."""
        joined = self.join(who, room, **wish)
        self.connect(room, joined.identity)
        return joined.identity

    def guest(self, room: RoomId, name: str, link: str | None = None) -> Caller:
        """Somebody who has the cookie of a guest."""
        return self.run(self.identity.enter(STRANGER, room, name, link)).caller

    def connect(self, room: RoomId, identity: str) -> None:
        for event in self.conference.connect(call_id(room), identity):
            self.run(self.meet.watching.happened(event))

    def happened(
        self, kind: CallEventKind, room: RoomId, identity: str = "", source: Source | None = None
    ) -> None:
        event = CallEvent(kind, call_id(room), identity, source)
        self.run(self.meet.watching.happened(event))

    def leave(self, room: RoomId, identity: str) -> None:
        self.conference.running[call_id(room)].here.pop(identity, None)
        self.happened(CallEventKind.LEFT, room, identity)

    def later(self, seconds: float) -> None:
        """Turn the clock and let the tick run."""
        self.clock.turn(seconds=seconds)
        self.run(self.meet.watching.tick())

    def last(self, kind: type[T]) -> T:
        return next(signal for signal in reversed(self.signals) if isinstance(signal, kind))

    def facts(self) -> list[Fact]:
        """Everything that meet recorded so far."""
        relay = Relay(self.database, self.bus, FACTS)

        def question(db: Connection) -> list[Fact]:
            first = db.execute(text("SELECT min(id) FROM event_log")).scalar_one()
            return [fact for _, fact in relay.facts_after(db, FactId(first), 1000)]

        return self.run(self.database.read(question))

    def refusal(self, work: Coroutine[Any, Any, Any]) -> str:
        """The message id of what is refused, 'done' if nothing is."""
        try:
            self.run(work)
        except AllmendeError as error:
            return error.message_id
        return "done"


@pytest.fixture
def house(database: Database) -> House:
    return House(database)
