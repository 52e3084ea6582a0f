"""The port of running calls: who is in them and what may be done there. Implemented by meet.

Programs that speak another protocol than LiveKit's come in by it; the rules of door, hands,
floor and moderation are the same for every way in (spec meet, 11).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from allmende.core.accounts import STRANGER, Caller
from allmende.core.ids import AccountId, RoomId
from allmende.core.ports.conference import ROLE_ATTRIBUTE, CallId, Invitee, Rights


class Client(StrEnum):
    """What somebody takes part with; shown to everybody in the room."""

    BROWSER = "browser"
    WEB = "web"
    """The light page for voice alone."""

    MUMBLE = "mumble"


CLIENT_ATTRIBUTE = "allmende.client"
"""Attribute of a participant with the value of `Client`; absent: a browser."""


class Act(StrEnum):
    """What is done in a call. Those from NEXT on are for facilitators.

    LOWER without a target is one's own hand, with one that of somebody else, for facilitators.
    END_FLOOR is also for who has it. MUTE and MUTE_ALL shut microphones that their owners may
    open again; with a program that cannot do so, as Mumble's, only UNMUTE or UNMUTE_ALL lets them.
    MODERATE holds back everybody but facilitators and who has the floor, until OPEN.
    """

    RAISE = "raise"
    LOWER = "lower"
    NEXT = "next"
    GIVE_FLOOR = "give-floor"
    END_FLOOR = "end-floor"
    MUTE = "mute"
    MUTE_ALL = "mute-all"
    UNMUTE = "unmute"
    UNMUTE_ALL = "unmute-all"
    MODERATE = "moderate"
    OPEN = "open"
    REMOVE = "remove"
    ADMIT = "admit"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Inside a call: ``identity`` is opaque and unique in it.

    ``who`` is as whom: a stranger in an open room has become its guest.
    """

    call: CallId
    identity: str
    name: str
    role: str
    rights: Rights
    client: Client = Client.MUMBLE
    who: Caller = STRANGER

    def invitee(self) -> Invitee:
        """Return what the conference is told of who sits here."""
        shown = {ROLE_ATTRIBUTE: self.role, CLIENT_ATTRIBUTE: self.client.value}
        return Invitee(self.identity, self.name, self.rights, shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knocking:
    """Before the door: ``key`` names who waits; they ask again as ``who``."""

    key: str
    who: Caller = STRANGER


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPerson:
    """Somebody in a call. ``role``: guest, member or facilitator.

    ``suppressed``: their microphone is not let through, whatever they do.
    """

    identity: str
    name: str
    role: str
    client: Client
    account_id: AccountId | None
    suppressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallShown:
    """A call as those inside see it. ``hands``: identities that wait to speak, next one first.

    ``waiting``: key and name of those before the door, for facilitators alone.
    """

    room_id: RoomId
    people: Sequence[CallPerson] = ()
    hands: Sequence[str] = ()
    floor: str | None = None
    moderated: bool = False
    waiting: Sequence[tuple[str, str]] = ()


class Calls(Protocol):
    """What others may ask of calls."""

    async def enter(
        self, who: Caller, room_id: RoomId, name: str, client: Client
    ) -> Seat | Knocking:
        """Bring somebody in, or before the door. Asked again by who waits: the state of now.

        The leg takes its place within 2 minutes, or the seat is given up. Raises NotFound
        ``room.not-found``, NotAllowed ``identity.removed`` or ``identity.room-locked``, and
        ``meet.not-let-in`` once to who was sent away from the door, Conflict ``meet.full``,
        Unavailable ``meet.no-room-for-sound``.
        """
        ...

    async def leave(self, room_id: RoomId, identity: str) -> None:
        """Say that ``identity`` or the key of who waits has gone. Gone already: nothing.

        For those inside who leave on purpose: their hand goes down. Who only lost the connection
        is not reported here, their leg ends; hand and floor wait a minute for them.
        """
        ...

    async def act(self, who: Caller, room_id: RoomId, act: Act, target: str = "") -> None:
        """Do something as ``who``, who is inside. ``target``: an identity, or a key at the door.

        Raises NotAllowed, NotFound, Conflict, InvalidInput with the message ids of meet.
        """
        ...

    async def echo(self) -> Seat:
        """Return a seat in a call of one's own, where who speaks hears themself and nobody else.

        It ends by itself soon after the leg did, or if none came. Raises Unavailable.
        """
        ...

    def shown(self, room_id: RoomId) -> CallShown | None:
        """Return the call as it is now; None: nobody is there or before the door."""
        ...

    def changes(self) -> AsyncIterator[RoomId]:
        """Yield rooms whose call looks otherwise than before, from now on. Many may listen."""
        ...
