"""Meet put together: pages, JSON, ``/rtc/v1``, live events, and what ends calls."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId, RoomId
from allmende.core.parts import Job, Part
from allmende.core.ports.conference import ConferenceBackend
from allmende.identity.events import (
    AccountGone,
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
from allmende.systems.meet.service.running import Participant
from allmende.systems.meet.web import WebKit, api_routes, live_views, page_routes
from allmende.systems.meet.wire import wire_routes

TEMPLATES: Final = Path(__file__).with_name("templates")
FACTS: Final = (CallStarted, CallEnded, CallEndAsked)
TICK_S: Final = 1.0


class SignallingBackend(ConferenceBackend, Conference, Protocol):
    """A backend whose clients come to our own ``/rtc/v1``: EmbeddedConference."""


@dataclass(frozen=True, slots=True)
class Meet:
    """What the composition root gets."""

    service: MeetService
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
    return Meet(meet, part)


def watch_rights(bus: Bus, meet: MeetService) -> None:
    """End connections whose right has ended, within seconds (spec meet, 11)."""
    watching = meet.watching

    async def session_revoked(_: FactId, fact: SessionRevoked) -> None:
        await watching.session_ended(fact.account_id, fact.session_id)

    async def account_gone(_: FactId, fact: AccountGone) -> None:
        await watching.session_ended(fact.account_id, None)

    async def membership_changed(_: FactId, fact: MembershipChanged) -> None:
        await watching.recheck(lambda person, _room: person.who.account_id == fact.account_id)

    async def link_revoked(_: FactId, fact: LinkRevoked) -> None:
        await watching.recheck(in_room(fact.room_id))

    async def banned(_: FactId, fact: GuestBanned) -> None:
        await watching.recheck(in_room(fact.room_id))

    async def room_changed(_: FactId, fact: RoomChanged) -> None:
        await watching.recheck(in_room(fact.room_id))

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        await meet.room_gone(fact.room_id)

    async def end_asked(_: FactId, fact: CallEndAsked) -> None:
        await meet.end_as_operator(fact.room_id)

    bus.watch(SessionRevoked, session_revoked)
    bus.watch(AccountGone, account_gone)
    bus.watch(MembershipChanged, membership_changed)
    bus.watch(LinkRevoked, link_revoked)
    bus.watch(GuestBanned, banned)
    bus.watch(RoomChanged, room_changed)
    bus.watch(RoomGone, room_gone)
    bus.watch(CallEndAsked, end_asked)


def in_room(room_id: RoomId) -> Callable[[Participant, RoomId], bool]:
    """Return who is concerned by a change of one room: everybody in it."""
    return lambda _person, where: where == room_id
