"""Who is connected and where they stand. Memory only: nothing of it survives the server."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allmende.core.accounts import Caller
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.audio import LegFlags, Session
from allmende.core.ports.calls import CallPerson, Seat
from allmende.protocols.mumble.messages import VoiceTargetEntry
from allmende.systems.voice.model.commands import Action
from allmende.systems.voice.model.house import Sight
from allmende.systems.voice.model.settings import USUAL, RoomVoice
from allmende.systems.voice.model.view import View
from allmende.systems.voice.service.knowing import NOTHING, Known, KnownRoom
from allmende.systems.voice.service.lightlegs import LightLegs
from allmende.systems.voice.service.needs import Outlet


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes in by which ``credential``; another connection with the same one is replaced.

    ``hash`` is what others recognise somebody by, empty for none. ``room_id`` is where a guest
    came to. ``certificate``: SHA-256 of what the client showed, in hex, empty for none.
    """

    who: Caller
    name: str
    credential: str
    hash: str
    room_id: RoomId | None = None
    certificate: str = ""
    bound: bool = False
    """Whether the certificate is bound to the account."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Before the door of a room, under the name that the door knows."""

    room_id: RoomId
    key: str


@dataclass(slots=True)
class Leg:
    """One connection. It stands in a room (``seat``), before a door (``waits``), or at home."""

    session: Session
    arrival: Arrival
    outlet: Outlet
    name: str
    since_s: float
    known: Known = NOTHING
    guests: dict[RoomId, Caller] = field(default_factory=dict)
    """As whom one is in rooms that one has an invite for besides."""

    seat: Seat | None = None
    room_id: RoomId | None = None
    waits: Waits | None = None
    named_in: RoomId | None = None
    """Where ``name`` was looked at last: nobody else has it there."""

    sighted: tuple[Known, RoomId | None, bool, Sight, frozenset[int]] | None = None
    """What may be seen, and what that was worked out from."""

    flags: LegFlags = field(default_factory=LegFlags)
    suppressed: bool = True
    comment: str = ""
    texture: bytes = field(default=b"", repr=False)
    """A picture of oneself, as PNG or JPEG that this server wrote; gone with the connection."""

    texture_hash: bytes = b""
    """Its SHA-1, empty for none."""

    listening: frozenset[RoomId] = frozenset()
    """Rooms that one hears from elsewhere, as others are shown it."""

    listens: tuple[RoomId, ...] = ()
    """The same as media was told it."""

    view: View | None = None
    """What its client has been told; None before the end of the login."""

    bits: dict[int, int] = field(default_factory=dict)
    """By channel: the permissions that its client was told."""

    told_of: tuple[Known, tuple[object, ...]] | None = None
    """What rights, menus and limits were worked out from that its client was told."""

    menu: frozenset[Action] = frozenset()
    release: str = ""
    """What others may know of the program: its version."""

    greeting: str = ""
    """What is said once the login is complete."""

    told_room: RoomId | None = None
    """The room that was said hello in."""

    told_place: str = ""
    """What was said last of one's place on the speaking list."""

    bandwidth_bps: int = 0
    """What the client was told that it may send."""

    limits: tuple[int, bool] = (0, False)
    """What media lets it send, and whether as whisper."""

    advice: tuple[bool, bool] = (False, False)
    """Whether the client was told to speak by push-to-talk, and that it may record."""

    targets: dict[int, Sequence[VoiceTargetEntry]] = field(default_factory=dict)
    """By number: who hears a whisper or shout, as the client said it."""

    aimed: dict[int, tuple[Session, ...]] = field(default_factory=dict)
    """The same as media was told it."""

    in_doubt_since_s: float | None = None
    gone: bool = False
    put_off: bool = False
    """It was ended by us for good: nothing of it waits for a return."""

    moving: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def who(self) -> Caller:
        """Who this is, apart from rooms with an invite of their own."""
        return self.arrival.who

    @property
    def recording(self) -> bool:
        """Whether it says that it records."""
        return self.flags.recording

    def who_in(self, room_id: RoomId) -> Caller:
        """Return as whom this leg acts in a room."""
        return self.guests.get(room_id, self.arrival.who)

    def room(self, room_id: RoomId) -> KnownRoom | None:
        """Return what this leg knows of a room, None if it may not know of it."""
        return self.known.rooms.get(room_id)

    def may(self, room_id: RoomId, permission: Permission) -> bool:
        """Return whether the room's permissions give this."""
        known = self.known.rooms.get(room_id)
        return known is not None and permission in known.rights


@dataclass(slots=True)
class Other:
    """Somebody without a native leg: in a call by browser, or before a door by any way."""

    session: Session
    room_id: RoomId
    identity: str
    """In a call, or the key at the door."""

    waits: bool
    called: str
    """What they are called there; ``name`` is what clients show."""

    name: str
    person: CallPerson | None = None


class Legs:
    """All connections of this process."""

    def __init__(self) -> None:
        self._legs: dict[Session, Leg] = {}
        self._others: dict[tuple[RoomId, str], Other] = {}
        self._by_session: dict[Session, Other] = {}
        self.light = LightLegs()

    def __iter__(self) -> Iterator[Leg]:
        return iter(tuple(self._legs.values()))

    def __len__(self) -> int:
        return len(self._legs)

    def add(self, leg: Leg) -> None:
        """Remember a leg."""
        self._legs[leg.session] = leg

    def drop(self, leg: Leg) -> None:
        """Forget a leg."""
        self._legs.pop(leg.session, None)

    def find(self, session: int) -> Leg | None:
        """Return the native leg with this number."""
        return self._legs.get(Session(session))

    def of_credential(self, credential: str) -> Leg | None:
        """Return who is here by the same credential."""
        return next((leg for leg in self if leg.arrival.credential == credential), None)

    def in_room(self, room_id: RoomId) -> list[Leg]:
        """Return the native legs inside a room."""
        return [leg for leg in self._legs.values() if leg.room_id == room_id]

    def of_identity(self, room_id: RoomId, identity: str) -> Leg | None:
        """Return the native leg of a participant."""
        for leg in self._legs.values():
            if leg.room_id == room_id and leg.seat is not None and leg.seat.identity == identity:
                return leg
        return None

    def waiting(self, room_id: RoomId, key: str) -> Leg | None:
        """Return the native leg that stands before a door."""
        wanted = Waits(room_id, key)
        return next((leg for leg in self._legs.values() if leg.waits == wanted), None)

    # --- those without a native leg -----------------------------------------------------

    def others(self) -> Mapping[tuple[RoomId, str], Other]:
        """Return everybody without a native leg, by room and identity or key."""
        return self._others

    def other(self, session: int) -> Other | None:
        """Return who has this number and no native leg."""
        return self._by_session.get(Session(session))

    def other_of(self, room_id: RoomId, identity: str) -> Other | None:
        """Return a participant, or who waits, without a native leg."""
        return self._others.get((room_id, identity))

    def add_other(self, other: Other) -> None:
        """Remember somebody without a native leg."""
        self._others[other.room_id, other.identity] = other
        self._by_session[other.session] = other

    def drop_other(self, other: Other) -> None:
        """Forget somebody without a native leg."""
        self._others.pop((other.room_id, other.identity), None)
        self._by_session.pop(other.session, None)

    def session_of(self, room_id: RoomId, identity: str) -> Session | None:
        """Return the number of a participant, however they take part."""
        leg = self.of_identity(room_id, identity)
        if leg is not None:
            return leg.session
        other = self._others.get((room_id, identity))
        return None if other is None else other.session


def voice_of(leg: Leg) -> RoomVoice:
    """Return how the voice of the room is set in which a leg stands."""
    known = None if leg.room_id is None else leg.room(leg.room_id)
    return USUAL if known is None else known.voice
