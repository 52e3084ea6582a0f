"""Meet put together: pages, JSON, ``/rtc/v1``, live events, and what ends calls."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from allmende.config import Config
from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId, RoomId
from allmende.core.outside import OpenPort, Outside
from allmende.core.parts import Job, Part
from allmende.core.ports.calls import Calls
from allmende.core.ports.conference import ConferenceBackend
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CertificateRevoked,
    CredentialRevoked,
    GuestBanned,
    LinkRevoked,
    MembershipChanged,
    RoomChanged,
    RoomGone,
    SessionRevoked,
)
from allmende.identity.system import Identity
from allmende.media.signal.socket import Conference
from allmende.storage.database import Database
from allmende.systems.meet.events import CallEndAsked, CallEnded, CallStarted
from allmende.systems.meet.service import Limits, MeetService
from allmende.systems.meet.service.port import CallPort
from allmende.systems.meet.service.running import Participant
from allmende.systems.meet.service.watching import Watching
from allmende.systems.meet.web import WebKit, api_routes, live_views, page_routes
from allmende.systems.meet.wire import wire_routes

TEMPLATES: Final = Path(__file__).with_name("templates")
FACTS: Final = (CallStarted, CallEnded, CallEndAsked)
TICK_S: Final = 1.0


def outside(config: Config) -> Outside:
    """Return the ports of media: each worker has its own of each kind."""
    media = config.media
    workers = range(max(media.workers, 1))
    ports = [OpenPort("UDP", media.udp_port + n, "sound and picture") for n in workers]
    if media.tcp_port:
        what = "the same, for networks that block UDP"
        ports += [OpenPort("TCP", media.tcp_port + n, what) for n in workers]
    return Outside(ports=ports)


class SignallingBackend(ConferenceBackend, Conference, Protocol):
    """A backend whose clients come to our own ``/rtc/v1``: EmbeddedConference."""


@dataclass(frozen=True, slots=True)
class Meet:
    """What the composition root gets. ``calls`` is for systems with other programs."""

    service: MeetService
    calls: Calls
    part: Part


def build(
    database: Database,
    bus: Bus,
    clock: Clock,
    identity: Identity,
    conference: SignallingBackend,
    limits: Limits,
    kit: WebKit,
) -> Meet:
    """Put meet together; ``kit`` is what its pages need of the web kit."""
    meet = MeetService(database, identity.service, identity.doors, conference, clock, bus, limits)
    watch_rights(bus, meet)
    part = Part(
        name="meet",
        facts=FACTS,
        routes=[
            *page_routes(meet, kit),
            *api_routes(meet, kit),
            *wire_routes(conference, kit.texts),
        ],
        live=live_views(meet),
        jobs=[Job(name="meet-tick", every_s=TICK_S, run=meet.watching.tick)],
        tasks=[meet.watching.follow],
    )
    return Meet(meet, CallPort(meet, identity.doors, bus), part)


def watch_rights(bus: Bus, meet: MeetService) -> None:
    """End connections whose right has ended, within seconds (spec meet, 11)."""
    watch_people(bus, meet.watching)
    watch_rooms(bus, meet)


def watch_people(bus: Bus, watching: Watching) -> None:
    """Who lost what they came in by is out."""

    async def session_revoked(_: FactId, fact: SessionRevoked) -> None:
        await watching.session_ended(fact.account_id, fact.session_id)

    async def credential_revoked(_: FactId, fact: CredentialRevoked) -> None:
        await watching.app_password_ended(fact.account_id, fact.app_password_id)

    async def certificate_revoked(_: FactId, fact: CertificateRevoked) -> None:
        await watching.certificate_ended(fact.account_id, fact.certificate_id)

    async def account_over(_: FactId, fact: AccountGone | AccountFrozen) -> None:
        await watching.session_ended(fact.account_id, None)

    async def membership_changed(_: FactId, fact: MembershipChanged) -> None:
        await watching.recheck(lambda person, _room: person.who.account_id == fact.account_id)

    async def link_revoked(_: FactId, fact: LinkRevoked) -> None:
        await watching.recheck(lambda person, _room: _came_by(person.who, fact))

    async def banned(_: FactId, fact: GuestBanned) -> None:
        await watching.recheck(lambda person, room: room == fact.room_id and _is(person.who, fact))

    bus.watch(SessionRevoked, session_revoked)
    bus.watch(CredentialRevoked, credential_revoked)
    bus.watch(CertificateRevoked, certificate_revoked)
    bus.watch(AccountGone, account_over)
    bus.watch(AccountFrozen, account_over)
    bus.watch(MembershipChanged, membership_changed)
    bus.watch(LinkRevoked, link_revoked)
    bus.watch(GuestBanned, banned)


def watch_rooms(bus: Bus, meet: MeetService) -> None:
    """What changed about a room is true for its call."""

    async def room_changed(_: FactId, fact: RoomChanged) -> None:
        await meet.watching.recheck(in_room(fact.room_id), patient=True)

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        await meet.room_gone(fact.room_id)

    async def end_asked(_: FactId, fact: CallEndAsked) -> None:
        await meet.end_as_operator(fact.room_id)

    bus.watch(RoomChanged, room_changed)
    bus.watch(RoomGone, room_gone)
    bus.subscribe(RoomGone, "meet.rooms", room_gone)
    bus.watch(CallEndAsked, end_asked)


def in_room(room_id: RoomId) -> Callable[[Participant, RoomId], bool]:
    """Return who is concerned by a change of one room: everybody in it."""
    return lambda _person, where: where == room_id


def _came_by(who: Caller, fact: LinkRevoked) -> bool:
    return who.guest is not None and who.guest.link_id == fact.link_id


def _is(who: Caller, fact: GuestBanned) -> bool:
    if fact.account_id is not None:
        return who.account_id == fact.account_id
    return who.guest is not None and who.guest.id == fact.guest_id
