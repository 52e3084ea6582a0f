"""The port of audio legs that do not speak LiveKit's protocol. Implemented by media.

A leg is one connection. It stands in at most one call, under the identity that the call knows.
Its session is Mumble's number of it (1 to 65535), which every other leg of the room is told
with each packet; participants of LiveKit and of the light page have one too.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

from allmende.core.ports.conference import CallId, Invitee, Rights

Session = NewType("Session", int)

LOOPBACK_TARGET = 31
TALK_TARGET = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """A native leg. ``source`` is the host its control connection comes from: memory only.

    ``protobuf``: voice packets in the form of Mumble 1.5. ``bandwidth_bps`` with overhead.
    """

    session: Session
    source: str
    protobuf: bool
    tcp_only: bool = False
    bandwidth_bps: int = 72_000


@dataclass(frozen=True, slots=True)
class CryptKeys:
    """OCB2-AES128 of one leg: 16 bytes each. Nonces are the first of the client, of the server."""

    key: bytes
    client_nonce: bytes
    server_nonce: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFlags:
    """``muted`` is by a facilitator; suppression is among the rights of the participant.

    ``recording``: it says so, and everybody in the call is shown it.
    """

    self_mute: bool = False
    self_deaf: bool = False
    muted: bool = False
    deaf: bool = False
    recording: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCounts:
    """Datagrams from the client, as Mumble counts them, and packets by either way."""

    good: int = 0
    late: int = 0
    lost: int = 0
    resync: int = 0
    udp_packets: int = 0
    tcp_packets: int = 0


class Aim(StrEnum):
    """How a packet reaches those it is aimed at."""

    TALK = "talk"
    SHOUT = "shout"
    WHISPER = "whisper"


@dataclass(frozen=True, slots=True)
class Talking:
    """Somebody's sound begins or ends. ``identity`` of the call."""

    call: CallId
    identity: str
    talking: bool
    aim: Aim = Aim.TALK


@dataclass(frozen=True, slots=True)
class Tunnelled:
    """A voice packet for those who have no UDP: what UDPTunnel carries, the same for all."""

    sessions: Sequence[Session]
    packet: bytes


@dataclass(frozen=True, slots=True)
class ResyncWanted:
    """Nothing of this leg could be decrypted for 5 s: ask the client for its nonce."""

    session: Session


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """The process that carries sound began anew: the leg stands where it stood, with new keys."""

    session: Session
    keys: CryptKeys


@dataclass(frozen=True, slots=True)
class LegRights:
    """The rights of a leg were changed by the call; in force already."""

    session: Session
    rights: Rights


@dataclass(frozen=True, slots=True)
class LegMuted:
    """A facilitator muted this leg or ended that; in force already (``muted`` of its flags)."""

    session: Session
    muted: bool = True


@dataclass(frozen=True, slots=True)
class LegRemoved:
    """The call put this leg out, or ended; it stands in no call any more."""

    session: Session
    ended: bool


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """From the next packet on, slot 1 and up of a call carries ``identity``; empty: nobody.

    ``to``: a whisper or shout that only these identities hear and may be told of; empty: all.
    """

    call: CallId
    slot: int
    identity: str
    to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OfferWanted:
    """The process that carries sound began anew: this light page has to offer again, soon."""

    session: Session


AudioEvent = (
    Talking
    | Tunnelled
    | ResyncWanted
    | Rekeyed
    | LegRights
    | LegMuted
    | LegRemoved
    | SlotTaken
    | OfferWanted
)


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What the light page gets: the SDP answer, and how many slots of sound it has."""

    sdp: str
    slots: int


class AudioLegs(Protocol):
    """What voice may ask of media. What is not awaited takes effect in the order of calling."""

    async def open(self, plan: LegPlan) -> CryptKeys:
        """Make a native leg that stands in no call yet. Raises Unavailable, Conflict."""
        ...

    async def open_web(self, call: CallId, who: Invitee, offer: str) -> WebAnswer:
        """Let a browser without LiveKit into a call, or answer its offer after a cut anew.

        Raises InvalidInput ``voice.offer`` for an offer without one sendonly and K recvonly
        sections of Opus, Unavailable.
        """
        ...

    async def close(self, session: Session) -> None:
        """End a native leg, or that of a light page. Ended already: nothing."""
        ...

    async def place(self, session: Session, call: CallId | None, who: Invitee | None) -> None:
        """Let a leg stand in another call, or in none. Rights are in force before this returns."""
        ...

    async def aim(
        self, session: Session, target: int, sessions: Sequence[Session], how: Aim = Aim.WHISPER
    ) -> None:
        """Say who hears target 1 to 30 of this leg, as whisper or shout; empty: nobody."""
        ...

    async def resync(self, session: Session, client_nonce: bytes | None) -> bytes:
        """Take the client's nonce if there is one; return ours of now. Counts a resync."""
        ...

    def set_flags(self, session: Session, flags: LegFlags) -> None:
        """Mute, deafen and the like."""
        ...

    def set_format(self, session: Session, *, protobuf: bool) -> None:
        """The client said its version: voice packets in that form."""
        ...

    def limit(self, session: Session, *, bandwidth_bps: int, may_whisper: bool) -> None:
        """Say what a native leg may send: so much with overhead, and whether by targets 1 to 30."""
        ...

    def listen(self, session: Session, calls: Sequence[CallId]) -> None:
        """Let a native leg hear these calls, too, as far as they run now; said again for others.

        Whoever is in them has to be told who listens before this is called.
        """
        ...

    def tunnel(self, session: Session, packet: bytes) -> None:
        """Take a voice packet that came through the control connection."""
        ...

    def number(self, call: CallId, identity: str, session: Session) -> None:
        """Give a participant of LiveKit or of the light page its session."""
        ...

    def counts(self, session: Session) -> LegCounts:
        """Return what was counted, at most a second old."""
        ...

    def events(self) -> AsyncIterator[AudioEvent]:
        """Yield what happens to legs, from now on. Many may listen."""
        ...
