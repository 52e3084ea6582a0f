"""The port of whoever carries the media of a call (spec meet, 2). Implemented by media."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

CallId = NewType("CallId", str)
"""Names one call: ``r<RoomId>`` for a room, ``echo-<random>`` for an echo test."""

TAB_CHARS = 4
"""So many characters at the end of an identity name the connection; the rest, the person."""

HAND_ATTRIBUTE = "allmende.hand"
"""Place in the order of raised hands, counted from 1; empty: hand is down."""
SPOTLIGHT_ATTRIBUTE = "allmende.spotlight"
ROLE_ATTRIBUTE = "allmende.role"
"""``guest``, ``member`` or ``facilitator``."""
FLOOR_ATTRIBUTE = "allmende.floor"
MUTED_ATTRIBUTE = "allmende.muted"
"""``yes``: a facilitator shut this microphone, and its owner cannot open it alone."""
RECORDING_ATTRIBUTE = "allmende.recording"
"""``yes``: this participant records, where the room allows that."""


class Source(StrEnum):
    """Where a track comes from, in LiveKit's words."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN_SHARE = "screen_share"
    SCREEN_SHARE_AUDIO = "screen_share_audio"


ALL_SOURCES = frozenset(Source)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a participant may do, enforced in the media plane.

    ``suppressed``: the microphone stays shut whatever the participant does (moderated room).
    """

    sources: frozenset[Source] = ALL_SOURCES
    data: bool = True
    subscribe: bool = True
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a call is opened with. ``test_hooks`` allows the client's ``simulate``.

    ``loopback``: legs of light pages hear themselves; for echo tests. ``audio_first``: sound
    comes in half as many packets, for crowds and slow lines.
    """

    call: CallId
    max_participants: int
    max_cameras: int | None = None
    empty_timeout_s: float = 20.0
    test_hooks: bool = False
    loopback: bool = False
    audio_first: bool = False


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who a ticket is for. ``identity`` is opaque and unique in the call."""

    identity: str
    name: str
    rights: Rights
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a client needs to connect: ``url`` as a path or wss address, ``token`` a JWT."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody in the call. ``publishes``: sources with a track that is not muted."""

    identity: str
    name: str
    attributes: Mapping[str, str]
    publishes: frozenset[Source]


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the engine can carry: forwarded packets per second of one core, and the uplink."""

    packets_per_second: int
    uplink_bps: int


class CallEventKind(StrEnum):
    """What a backend tells."""

    STARTED = "started"
    JOINED = "joined"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    LEFT = "left"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something happened in a call; ``identity`` and ``source`` where there is one."""

    kind: CallEventKind
    call: CallId
    identity: str = ""
    source: Source | None = None


class ConferenceBackend(Protocol):
    """Carries the media of calls. At most 12 methods."""

    async def open(self, plan: CallPlan) -> None:
        """Make the call possible. Opening an open call changes its plan."""
        ...

    async def close(self, call: CallId) -> None:
        """End the call for everybody (``leave`` ROOM_DELETED). Closed already: nothing."""
        ...

    def ticket(self, call: CallId, who: Invitee) -> Ticket:
        """Mint the token of one participant; valid 2 minutes for joining."""
        ...

    async def present(self, call: CallId) -> Sequence[Present]:
        """Return who is connected, in the order of joining."""
        ...

    async def set_rights(self, call: CallId, identity: str, rights: Rights) -> None:
        """Change rights; effective in the media plane before anybody is told."""
        ...

    async def set_attributes(self, call: CallId, identity: str, changes: Mapping[str, str]) -> None:
        """Set attributes (an empty value removes); ``name`` is the display name."""
        ...

    async def mute(self, call: CallId, identity: str, source: Source) -> None:
        """Mute a track. Nobody is ever unmuted by others."""
        ...

    async def unmute(self, call: CallId, identity: str) -> None:
        """Let somebody speak again whose microphone stays shut since ``mute``.

        One that its owner shut, or could open alone, stays as it is.
        """
        ...

    async def remove(self, call: CallId, identity: str) -> None:
        """Put somebody out (``leave`` PARTICIPANT_REMOVED); their tokens are void from now on."""
        ...

    async def send(self, call: CallId, topic: str, payload: bytes, to: Sequence[str] = ()) -> None:
        """Send a reliable data message; ``to`` empty: everybody."""
        ...

    async def capacity(self) -> Capacity:
        """Return what can be carried."""
        ...

    def events(self) -> AsyncIterator[CallEvent]:
        """Yield what happens, from now on. Many may listen."""
        ...
