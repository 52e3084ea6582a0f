"""One connection: its state and how others see it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from allmende.core.ports.conference import FLOOR_ATTRIBUTE, ROLE_ATTRIBUTE, Present, Rights
from allmende.media.control import Done
from allmende.media.signal.ends import ClientEnd, End
from allmende.media.signal.limits import OFFERS_PER_S, Pace
from allmende.media.signal.outbox import Outbox
from allmende.media.signal.permissions import permission
from allmende.media.signal.subscriptions import Audience, Subscription, Wishes, waiting
from allmende.media.signal.tracks import Track
from allmende.protocols.livekit.messages import (
    ClientInfo,
    DisconnectReason,
    JoinRequest,
    ParticipantInfo,
    SessionDescription,
    SignalResponse,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """The client's end of the transport."""

    fingerprint: str
    ufrag: str
    sctp_port: int
    max_message_bytes: int


@dataclass(slots=True)
class Sections:
    """What is known of the peer connection after the last answer.

    ``free``: receiving sections without a track, by kind; ``sending``: mid -> track as last
    answered; ``cids_fit``: msids carry the ids of add_track; ``asking``: a request is about to
    be sent, ``asked_at_s``: one is open, ``asked_for_more``: it wants new sections,
    ``fruitless``: offers since that placed nothing.
    """

    session_id: int
    version: int = 0
    remote: Remote | None = None
    free: dict[str, int] = field(default_factory=dict)
    sending: dict[str, str] = field(default_factory=dict)
    cids_fit: bool = False
    asked_at_s: float | None = None
    asked_for_more: bool = False
    asking: asyncio.TimerHandle | None = None
    fruitless: int = 0


@dataclass(slots=True, eq=False)
class Participant:
    """Somebody in a room. ``leg``: the worker's answer to OpenLeg, ``leg_restart`` to RestartIce.

    ``known``: others were told of it; ``returning``: its identity was here with another
    connection just before; ``lost``: its worker died, the leg is nowhere; ``early``: it receives
    from the first answer on.
    """

    sid: str
    identity: str
    name: str
    rights: Rights
    attributes: dict[str, str]
    joined_at: datetime
    client: ClientInfo
    leg: asyncio.Future[Done]
    generation: int
    sections: Sections
    wishes: Wishes
    offer_pace: Pace
    adaptive: bool = False
    leg_restart: asyncio.Future[Done] | None = None
    outbox: Outbox | None = None
    gone_since_s: float | None = None
    media_since_s: float | None = None
    heard_at_s: float = 0.0
    refreshed_at_s: float = 0.0
    joined_s: float = 0.0
    state: ParticipantInfo.State = ParticipantInfo.JOINING
    disconnect_reason: DisconnectReason = DisconnectReason.UNKNOWN_REASON
    version: int = 0
    lost: bool = False
    known: bool = False
    returning: bool = False
    early: bool = False
    end: End = field(default_factory=ClientEnd)
    audience: Audience = field(default_factory=Audience)
    tracks: dict[str, Track] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    offer: SessionDescription | None = None
    offered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def active(self) -> bool:
        """Whether media flows and others know of it."""
        return self.state == ParticipantInfo.ACTIVE and not self.lost

    @property
    def is_first(self) -> bool:
        """Whether it is heard before others: it facilitates, or has the floor."""
        return is_first(self.attributes)

    @property
    def receives(self) -> bool:
        """Whether subscriptions may begin: when its media is up.

        COMPAT livekit-client 2.23.0: after a full reconnect ``trackSubscribed`` is lost if a
        track comes within the 2 s after ``reconnected``; in the first answers it comes before.
        """
        return self.end.offers and (self.active or (self.early and not self.lost))

    @property
    def split_streams(self) -> bool:
        """COMPAT Firefox ESR: makes its own track ids; the stream has to name the track."""
        return self.client.browser.lower() == "firefox"

    def send(self, message: SignalResponse) -> None:
        """Queue a message, if its WebSocket is open."""
        if self.outbox is not None:
            self.outbox.send(message)

    def put(self, frame: bytes) -> None:
        """Queue a message that is serialised already."""
        if self.outbox is not None:
            self.outbox.put(frame)

    def take_offer(self, offer: SessionDescription) -> None:
        """Remember ``offer``; one that was not looked at yet is replaced by it."""
        kept = SessionDescription()
        kept.CopyFrom(offer)
        self.offer = kept
        self.offered.set()

    def waiting(self, kind: str) -> int:
        """Count subscriptions that need a section of ``kind``."""
        return sum(1 for sub in waiting(self.subscriptions.values()) if sub.track.kind == kind)

    def info(self) -> ParticipantInfo:
        """Return how everybody sees it now."""
        tracks = [track.info for track in self.tracks.values() if track.announced]
        return ParticipantInfo(
            sid=self.sid,
            identity=self.identity,
            name=self.name,
            state=self.state,
            attributes=self.attributes,
            joined_at=int(self.joined_at.timestamp()),
            joined_at_ms=int(self.joined_at.timestamp() * 1000),
            version=self.version,
            is_publisher=bool(tracks),
            tracks=tracks,
            permission=permission(self.rights),
            client_protocol=self.client.client_protocol,
            capabilities=list(self.client.capabilities)[:16],
            disconnect_reason=self.disconnect_reason,
        )

    def present(self) -> Present:
        """Return it in the port's words."""
        open_ = {t.source for t in self.tracks.values() if t.announced and not t.info.muted}
        return Present(self.identity, self.name, dict(self.attributes), frozenset(open_))


def is_first(attributes: Mapping[str, str]) -> bool:
    """Return whether who has these attributes facilitates, or has the floor."""
    facilitates = attributes.get(ROLE_ATTRIBUTE) == "facilitator"
    return facilitates or bool(attributes.get(FLOOR_ATTRIBUTE))


def no_leg() -> asyncio.Future[Done]:
    """Return the answer of a worker that has no leg with a transport to open."""
    answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
    answer.set_result(Done(id=0))
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What is needed to make a participant."""

    sid: str
    identity: str
    name: str
    rights: Rights
    attributes: dict[str, str]
    request: JoinRequest
    leg: asyncio.Future[Done]
    generation: int
    end: End = field(default_factory=ClientEnd)


def make_participant(new: Newcomer, session_id: int, now: datetime, at_s: float) -> Participant:
    """Return a participant that nobody knows of yet."""
    client = ClientInfo()
    client.CopyFrom(new.request.client_info)
    settings = new.request.connection_settings
    return Participant(
        sid=new.sid,
        identity=new.identity,
        name=new.name,
        rights=new.rights,
        attributes=new.attributes,
        joined_at=now,
        client=client,
        leg=new.leg,
        generation=new.generation,
        end=new.end,
        sections=Sections(session_id),
        wishes=Wishes(auto=settings.auto_subscribe),
        offer_pace=Pace(OFFERS_PER_S, OFFERS_PER_S, at_s),
        adaptive=settings.adaptive_stream,
        heard_at_s=at_s,
        refreshed_at_s=at_s,
        joined_s=at_s,
    )
