"""Calls without meet: who enters is inside, or before a door that tests open."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError, NotAllowed
from allmende.core.ids import AccountId, RoomId
from allmende.core.ports.calls import Act, CallPerson, CallShown, Client, Knocking, Seat
from allmende.core.ports.conference import CallId, Rights

Done = tuple[Act, RoomId, str]


@dataclass
class FakeCalls:
    """``closed`` rooms have a door; ``refusals`` say what entering a room raises."""

    closed: set[RoomId] = field(default_factory=set)
    admitted: set[tuple[RoomId, str]] = field(default_factory=set)
    refused: set[tuple[RoomId, str]] = field(default_factory=set)
    refusals: dict[RoomId, AllmendeError] = field(default_factory=dict)
    facilitators: set[AccountId] = field(default_factory=set)
    suppressed: set[RoomId] = field(default_factory=set)
    running: dict[RoomId, CallShown] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    left: list[tuple[RoomId, str]] = field(default_factory=list)
    act_refused: AllmendeError | None = None
    echoes: int = 0

    def __post_init__(self) -> None:
        self._changed: asyncio.Queue[RoomId] = asyncio.Queue()

    # --- what the port says -------------------------------------------------------------

    async def enter(
        self, who: Caller, room_id: RoomId, name: str, client: Client
    ) -> Seat | Knocking:
        if room_id in self.refusals:
            raise self.refusals[room_id]
        key = key_of(who)
        if (room_id, key) in self.refused:
            self.refused.discard((room_id, key))
            self._wait(room_id, key, None)
            raise NotAllowed("meet.not-let-in")
        is_free = room_id not in self.closed or who.account_id in self.facilitators
        if not is_free and (room_id, key) not in self.admitted:
            self._wait(room_id, key, name)
            return Knocking(key=key)
        self._wait(room_id, key, None)
        role = "facilitator" if who.account_id in self.facilitators else "member"
        rights = Rights(suppressed=room_id in self.suppressed and role == "member")
        identity = f"{key}-{len(self._people(room_id))}"
        self.add(room_id, CallPerson(identity=identity, name=name, role=role, client=client,
            account_id=who.account_id, suppressed=rights.suppressed))  # fmt: skip
        call = CallId(f"r{room_id}")
        return Seat(call=call, identity=identity, name=name, role=role, rights=rights,
            client=client)  # fmt: skip

    async def leave(self, room_id: RoomId, identity: str) -> None:
        self.left.append((room_id, identity))
        self._wait(room_id, identity, None)
        self.remove(room_id, identity)

    async def act(self, who: Caller, room_id: RoomId, act: Act, target: str = "") -> None:
        if self.act_refused is not None:
            raise self.act_refused
        self.done.append((act, room_id, target))

    async def echo(self) -> Seat:
        self.echoes += 1
        call = CallId(f"echo-{self.echoes}")
        return Seat(call=call, identity="web", name="web", role="", rights=Rights(),
            client=Client.WEB)  # fmt: skip

    def shown(self, room_id: RoomId) -> CallShown | None:
        return self.running.get(room_id)

    async def changes(self) -> AsyncIterator[RoomId]:
        while True:
            yield await self._changed.get()

    # --- what tests say -----------------------------------------------------------------

    def add(self, room_id: RoomId, person: CallPerson) -> None:
        """Somebody comes in."""
        call = self.running.get(room_id, CallShown(room_id=room_id))
        self.show(replace(call, people=(*call.people, person)))

    def remove(self, room_id: RoomId, identity: str) -> None:
        """Somebody goes."""
        call = self.running.get(room_id)
        if call is not None:
            people = tuple(one for one in call.people if one.identity != identity)
            self.show(replace(call, people=people))

    def show(self, call: CallShown) -> None:
        """A call looks otherwise."""
        self.running[call.room_id] = call
        self._changed.put_nowait(call.room_id)

    def _people(self, room_id: RoomId) -> tuple[CallPerson, ...]:
        call = self.running.get(room_id)
        return () if call is None else tuple(call.people)

    def _wait(self, room_id: RoomId, key: str, name: str | None) -> None:
        call = self.running.get(room_id, CallShown(room_id=room_id))
        waiting = tuple(one for one in call.waiting if one[0] != key)
        if name is not None:
            waiting = (*waiting, (key, name))
        if waiting != call.waiting:
            self.show(replace(call, waiting=waiting))


def browser(identity: str, name: str, account: int | None = None) -> CallPerson:
    """Somebody in a browser."""
    return CallPerson(identity=identity, name=name, role="member", client=Client.BROWSER,
        account_id=None if account is None else AccountId(account), suppressed=False)  # fmt: skip


def key_of(who: Caller) -> str:
    """How the door names somebody."""
    if who.guest is not None:
        return f"g{who.guest.id}"
    return f"a{who.account_id}"
