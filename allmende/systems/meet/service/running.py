"""The state of running calls. Memory only: nothing of it survives the call (spec meet, 11)."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict
from allmende.core.hands import Hands
from allmende.core.ids import RoomId
from allmende.core.ports.calls import CallPerson, Client
from allmende.core.ports.conference import CallId, Rights, Source
from allmende.identity.access import account_key, guest_key
from allmende.systems.meet.model import (
    CallRole,
    Crowd,
    Standing,
    call_id,
    planned_load,
    rights_of,
    seat_in,
)

_SINCE: Final = attrgetter("present_since_s")


def door_keys(who: Caller, room_id: RoomId) -> tuple[str, ...]:
    """Return the keys a caller may have at the door: as an account, as a guest of the room."""
    guest = who.guest_of(room_id)
    as_account = () if who.account_id is None else (account_key(who.account_id),)
    return as_account if guest is None else (*as_account, guest_key(guest))


@dataclass(slots=True)
class Participant:
    """One connection. ``present_since_s`` is None from the ticket to the first JOINED.

    Only who is here with the page of the call is sent video (``client``).
    """

    identity: str
    key: str
    who: Caller
    name: str
    standing: Standing
    invited_s: float
    client: Client = Client.BROWSER
    present_since_s: float | None = None
    cameras: int = 0
    in_doubt_since_s: float | None = None
    """Something changed about their rights, and the database has not answered since."""

    given: Rights | None = None
    """What a connection of its own, that nobody knows from before, came in with."""

    shown: tuple[tuple[object, ...], CallPerson] | None = None
    """How others see them, behind what that was worked out from."""

    seat: str = field(init=False)
    """The person behind it."""

    def __post_init__(self) -> None:
        self.seat = seat_in(self.identity)


@dataclass(slots=True)
class RunningCall:
    """A room where somebody is connected or about to be."""

    room_id: RoomId
    group_room: bool
    opened_at: datetime
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    people: dict[str, Participant] = field(default_factory=dict)
    hands: Hands = field(default_factory=Hands)
    started: bool = False
    moderated: bool = False
    locked: bool = False
    spotlight: str | None = None
    acting: str | None = None
    """Seat of the member who stands in for a facilitator."""
    only: dict[str, frozenset[Source]] = field(default_factory=dict)
    """By seat: the sources that a facilitator left."""
    void: set[str] = field(default_factory=set)
    """Identities that were put out; the backend takes them no more."""
    away_since_s: dict[str, float] = field(default_factory=dict)
    no_facilitator_since_s: float | None = None
    guests_alone_since_s: float | None = None
    max_cameras: int | None = None
    cameras_fit: int = 0

    @property
    def id(self) -> CallId:
        """The name of the call at the backend."""
        return call_id(self.room_id)

    def present(self) -> list[Participant]:
        """Return who is connected, those longest here first."""
        here = [p for p in self.people.values() if p.present_since_s is not None]
        return sorted(here, key=_SINCE)

    def seats(self) -> set[str]:
        """Return the persons who are connected."""
        return {p.seat for p in self.present()}

    def of_key(self, key: str) -> list[Participant]:
        """Return the connections of one person, oldest first."""
        return [p for p in self.people.values() if p.key == key]

    def of_caller(self, who: Caller) -> list[Participant]:
        """Return the connections of who asks; as an account first, then as a guest."""
        for key in door_keys(who, self.room_id):
            found = self.of_key(key)
            if found:
                return found
        return []

    def of_seat(self, seat: str) -> list[Participant]:
        """Return the connections of one seat, oldest first."""
        return [p for p in self.people.values() if p.seat == seat]

    def seat_of(self, who: Caller) -> str:
        """Return the seat of who asks. Raises Conflict ``meet.not-in-call``: not connected."""
        for participant in self.of_caller(who):
            if participant.present_since_s is not None:
                return participant.seat
        raise Conflict("meet.not-in-call")

    def participant(self, identity: str) -> Participant:
        """Return one connection. Raises Conflict ``meet.gone``: it is not here any more."""
        found = self.people.get(identity)
        if found is None or found.present_since_s is None:
            raise Conflict("meet.gone")
        return found

    def identity_of(self, seat: str) -> str | None:
        """Return the newest connection of a seat that is here, if any."""
        here = [p for p in self.present() if p.seat == seat]
        return here[-1].identity if here else None

    def role_of(self, participant: Participant) -> CallRole:
        """Return the role as it counts now: who acts as facilitator is one."""
        if participant.seat == self.acting:
            return CallRole.FACILITATOR
        return participant.standing.role

    def rights(self, participant: Participant) -> Rights:
        """Return what the media plane lets through for one connection."""
        standing = participant.standing
        acting = participant.seat == self.acting
        return rights_of(
            standing,
            moderated=self.moderated and not acting,
            has_floor=self.hands.floor == participant.seat,
            only=self.only.get(participant.seat),
        )

    def order(self) -> list[str]:
        """Return the raised hands as identities; who is away for a moment is left out."""
        found = (self.identity_of(seat) for seat in self.hands.order())
        return [identity for identity in found if identity is not None]

    def floor(self) -> str | None:
        """Return the identity of who has the floor."""
        return None if self.hands.floor is None else self.identity_of(self.hands.floor)

    def cameras(self) -> int:
        """Return how many cameras are on."""
        return sum(p.cameras for p in self.people.values())

    def crowd(self) -> Crowd:
        """Return how many are here or have a ticket, and how many of them only listen."""
        listening = sum(p.client is not Client.BROWSER for p in self.people.values())
        return Crowd(len(self.people), listening)


class Running:
    """All running calls of this process."""

    def __init__(self) -> None:
        self._calls: dict[RoomId, RunningCall] = {}

    def __iter__(self) -> Iterator[RunningCall]:
        return iter(list(self._calls.values()))

    def find(self, room_id: RoomId) -> RunningCall | None:
        """Return the call of a room, if one runs."""
        return self._calls.get(room_id)

    def call(self, room_id: RoomId) -> RunningCall:
        """Return the call of a room. Raises Conflict ``meet.no-call``."""
        found = self._calls.get(room_id)
        if found is None:
            raise Conflict("meet.no-call")
        return found

    def add(self, call: RunningCall) -> None:
        """Remember a call."""
        self._calls[call.room_id] = call

    def drop(self, room_id: RoomId) -> None:
        """Forget a call and everything in it."""
        self._calls.pop(room_id, None)

    def load_beside(self, room_id: RoomId) -> tuple[float, float]:
        """Return packets/s and bits/s that all other calls plan to use."""
        loads = [
            planned_load(call.crowd(), call.cameras()) for call in self if call.room_id != room_id
        ]
        return sum(load.packets_per_s for load in loads), sum(load.bps for load in loads)
