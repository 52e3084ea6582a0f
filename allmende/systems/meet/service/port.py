"""Calls as other systems see them: the port of ``core/ports/calls.py``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final
from weakref import WeakSet

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.errors import NotAllowed
from allmende.core.ids import RoomId
from allmende.core.ports.calls import Act, CallPerson, CallShown, Client, Knocking, Seat
from allmende.core.ports.conference import Source
from allmende.identity.events import DoorAnswered, DoorChanged
from allmende.identity.model.door import DoorState
from allmende.identity.service.lobby import Doors
from allmende.systems.meet.events import HandsChanged, NameChanged, PeopleChanged, StateChanged
from allmende.systems.meet.service.meeting import MeetService
from allmende.systems.meet.service.running import Participant, RunningCall, door_keys

MAX_KNOCKING: Final = 1_000
"""Remembered until they are in or gone; the oldest are forgotten first."""

_Step = Callable[[MeetService, Caller, RoomId, str], Awaitable[object]]
_STEPS: Final[Mapping[Act, _Step]] = {
    Act.RAISE: lambda meet, who, room, _: meet.hand(who, room, up=True),
    Act.LOWER: lambda meet, who, room, one: _lower(meet, who, room, one),
    Act.NEXT: lambda meet, who, room, _: meet.call_next(who, room),
    Act.GIVE_FLOOR: lambda meet, who, room, one: meet.call(who, room, one),
    Act.END_FLOOR: lambda meet, who, room, _: meet.floor_end(who, room),
    Act.MUTE: lambda meet, who, room, one: meet.mute(who, room, one, Source.MICROPHONE),
    Act.MUTE_ALL: lambda meet, who, room, _: meet.mute_all(who, room),
    Act.UNMUTE: lambda meet, who, room, one: meet.unmute(who, room, one),
    Act.UNMUTE_ALL: lambda meet, who, room, _: meet.unmute_all(who, room),
    Act.MODERATE: lambda meet, who, room, _: meet.moderated(who, room, on=True),
    Act.OPEN: lambda meet, who, room, _: meet.moderated(who, room, on=False),
    Act.REMOVE: lambda meet, who, room, one: meet.remove(who, room, one),
    Act.ADMIT: lambda meet, who, room, key: meet.admit(who, room, key),
    Act.REFUSE: lambda meet, who, room, key: meet.refuse(who, room, key),
}


async def _lower(meet: MeetService, who: Caller, room_id: RoomId, target: str) -> None:
    if not target or meet.is_mine(who, room_id, target):
        await meet.hand(who, room_id, up=False)
    else:
        await meet.lower(who, room_id, target)


class CallPort:
    """Implements Calls. Who comes in by it is a participant like any other."""

    def __init__(self, meet: MeetService, doors: Doors, bus: Bus) -> None:
        self._meet = meet
        self._doors = doors
        self._listeners: WeakSet[_Listener] = WeakSet()
        self._knocking: dict[tuple[RoomId, str], bool] = {}
        """Who knocked here and waits, and whether they were sent away since."""
        bus.watch_signal(HandsChanged, self._changed)
        bus.watch_signal(StateChanged, self._changed)
        bus.watch_signal(PeopleChanged, self._changed)
        bus.watch_signal(NameChanged, self._changed)
        bus.watch_signal(DoorChanged, self._changed)
        bus.watch_signal(DoorAnswered, self._answered)

    async def enter(
        self, who: Caller, room_id: RoomId, name: str, client: Client
    ) -> Seat | Knocking:
        """Bring somebody in, or before the door (see ``Joining.enter``)."""
        knocked = [self._knocking.pop((room_id, key), False) for key in door_keys(who, room_id)]
        if any(knocked):
            raise NotAllowed("meet.not-let-in")
        answer = await self._meet.enter(who, room_id, name, client)
        if isinstance(answer, Knocking):
            while len(self._knocking) >= MAX_KNOCKING:
                del self._knocking[next(iter(self._knocking))]
            self._knocking[room_id, answer.key] = False
        return answer

    async def leave(self, room_id: RoomId, identity: str) -> None:
        """Say that an identity, or the key of who waits, has gone. Gone already: nothing."""
        call = self._meet.running.find(room_id)
        if call is not None:
            await self._meet.watching.gone(call, identity)
        if self._doors.state(room_id, identity) is DoorState.WAITING:
            self._doors.left(room_id, identity)
        self._knocking.pop((room_id, identity), None)

    async def act(self, who: Caller, room_id: RoomId, act: Act, target: str = "") -> None:
        """Do something as ``who``; each act is one method of MeetService."""
        await _STEPS[act](self._meet, who, room_id, target)

    async def echo(self) -> Seat:
        """Return a seat in a call of one's own, to hear oneself."""
        return await self._meet.echo_by_sound()

    def shown(self, room_id: RoomId) -> CallShown | None:
        """Return the call as it is now; None: nobody is there or before the door."""
        call = self._meet.running.find(room_id)
        people = [] if call is None else call.present()
        waiting = tuple((one.key, one.name) for one in self._doors.waiting(room_id))
        if call is None or not people:
            return CallShown(room_id=room_id, waiting=waiting) if waiting else None
        return CallShown(
            room_id=room_id,
            people=tuple(_shown(call, person) for person in people),
            hands=tuple(call.order()),
            floor=call.floor(),
            moderated=call.moderated,
            waiting=waiting,
        )

    def changes(self) -> AsyncIterator[RoomId]:
        """Yield rooms whose call looks otherwise than before, each once however much changed."""
        listener = _Listener()
        self._listeners.add(listener)
        return listener

    def _changed(
        self, signal: HandsChanged | StateChanged | PeopleChanged | NameChanged | DoorChanged
    ) -> None:
        self._tell(signal.room_id)

    def _answered(self, signal: DoorAnswered) -> None:
        if (signal.room_id, signal.key) in self._knocking:
            self._knocking[signal.room_id, signal.key] = signal.state == "refused"
        self._tell(signal.room_id)

    def _tell(self, room_id: RoomId) -> None:
        for listener in self._listeners:
            listener.tell(room_id)


def _shown(call: RunningCall, person: Participant) -> CallPerson:
    """Return how others see somebody; made anew only when that is otherwise than before."""
    seat, kept = person.seat, person.shown
    by = (
        person.name, person.who, person.client, person.standing, call.moderated,
        seat == call.acting, seat == call.hands.floor, call.only.get(seat),
    )  # fmt: skip
    if kept is None or kept[0] != by:
        kept = person.shown = (by, _drawn(call, person))
    return kept[1]


def _drawn(call: RunningCall, person: Participant) -> CallPerson:
    rights = call.rights(person)
    return CallPerson(
        identity=person.identity,
        name=person.name,
        role=call.role_of(person).value,
        client=person.client,
        account_id=person.who.account_id,
        suppressed=rights.suppressed or Source.MICROPHONE not in rights.sources,
    )


class _Listener(AsyncIterator[RoomId]):
    """One who follows changes; forgotten as soon as nobody holds it any more."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, None] = {}
        self._told = asyncio.Event()

    def tell(self, room_id: RoomId) -> None:
        """Remember a room until it is asked for."""
        self._rooms[room_id] = None
        self._told.set()

    async def __anext__(self) -> RoomId:
        while not self._rooms:
            self._told.clear()
            await self._told.wait()
        room_id = next(iter(self._rooms))
        del self._rooms[room_id]
        return room_id
