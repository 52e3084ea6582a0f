"""The XMPP server of one house, put together: what its listeners give connections to."""

import secrets
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from allmende.core.clock import Clock
from allmende.core.ids import AccountId, AppPasswordId
from allmende.protocols.xmpp.disco import Item
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.uids import Uids
from allmende.systems.chat.service.accounts import Services
from allmende.systems.chat.service.group_rooms import GroupRooms
from allmende.systems.chat.service.personal import PersonalShelf
from allmende.systems.chat.service.readers import ContactReaders
from allmende.systems.chat.service.rooms import LineShelf
from allmende.systems.chat.service.uploads import UploadService
from allmende.systems.chat.wire.arrivals import Arrivals
from allmende.systems.chat.wire.avatars import Avatars
from allmende.systems.chat.wire.blocking import Blocking
from allmende.systems.chat.wire.bookmarks import Bookmarks
from allmende.systems.chat.wire.caps import DeviceAudience, DeviceCaps
from allmende.systems.chat.wire.carbons import Carbons
from allmende.systems.chat.wire.client import Client, Surroundings, end_session
from allmende.systems.chat.wire.elsewhere import Elsewhere
from allmende.systems.chat.wire.errors import Translate
from allmende.systems.chat.wire.far_presence import FarPresence
from allmende.systems.chat.wire.foreign import Doors, Foreign
from allmende.systems.chat.wire.frames import FrameFraming
from allmende.systems.chat.wire.framing import TcpFraming
from allmende.systems.chat.wire.gate import ContactGate
from allmende.systems.chat.wire.house import About, House
from allmende.systems.chat.wire.iq import IqTable
from allmende.systems.chat.wire.line import Line
from allmende.systems.chat.wire.mam import Archives
from allmende.systems.chat.wire.messages import Messages, Post, targets
from allmende.systems.chat.wire.negotiation import BEFORE_BYTES, Site
from allmende.systems.chat.wire.offline import Offline
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.pep import Pep
from allmende.systems.chat.wire.presence import Presence
from allmende.systems.chat.wire.private import Private
from allmende.systems.chat.wire.resumption import Bound, Resumptions
from allmende.systems.chat.wire.rooms.host import Rooms
from allmende.systems.chat.wire.rooms.talk import Means
from allmende.systems.chat.wire.roster import Roster
from allmende.systems.chat.wire.router import Domains, Leaving, Router, Sending, Takes
from allmende.systems.chat.wire.servers.budget import requests
from allmende.systems.chat.wire.servers.state import States
from allmende.systems.chat.wire.session import Session, Sessions, What
from allmende.systems.chat.wire.sight import Sight
from allmende.systems.chat.wire.signin import Credentials
from allmende.systems.chat.wire.stamping import StampedPresence
from allmende.systems.chat.wire.upload import Upload
from allmende.systems.chat.wire.vcards import Vcards
from allmende.transports.pictures import Pictures
from allmende.transports.tasks import Crew, crew

_REVOKED: Final = "what you signed in with is no longer valid"


@dataclass(frozen=True, slots=True)
class Files:
    """Where apps put files, and by what address they ask for a place."""

    domain: str
    uploads: UploadService
    pictures: Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """How the server looks from outside. ``dialback_secret``: keys for other servers (XEP-0185)."""

    site: Site
    about: About
    credentials: Credentials
    translate: Translate
    files: Files | None = None
    groups: GroupRooms | None = None
    dialback_secret: bytes = b""


class Server:
    """``serve`` is given to listeners; `run` has to run meanwhile. ``listens``: apps can come."""

    def __init__(self, services: Services, surface: Surface, clock: Clock) -> None:
        self.services = services
        self.listens = False
        self.sessions, self.table = Sessions(), IqTable()
        self._surface, self._clock = surface, clock
        self.files = surface.files
        self._tasks: Crew | None = None
        contacts = services.contacts
        self.sight = Sight(contacts.circle, self.sessions)
        self._caps = DeviceCaps(surface.site.domain)
        self._blocking = Blocking(contacts, self.sight, self.sessions, self.table)
        self._uids = Uids(clock, secrets.token_bytes)
        self.rooms_domain = f"rooms.{surface.site.domain}"
        self.elsewhere, self.states = Elsewhere(self.domains), States()
        self.rooms = None if surface.groups is None else self._rooms(surface.groups)
        self.pep = self._nodes()
        self._offline = Offline(surface.site.domain, services.waiting)
        self._arrivals = Arrivals(self.sight, self._caps, self._offline, self.pep)
        self._gate = ContactGate(
            surface.site.domain, contacts, self._blocking, self.sight, self.sessions,
            requests(clock.monotonic_s),
        )  # fmt: skip
        self._presence = Presence(
            contacts,
            self.sight,
            self.sessions,
            FarPresence(contacts, self._gate, self.sight, self.sessions, self.elsewhere),
            {} if self.rooms is None else {self.rooms_domain: self.rooms},
            hearers=(self._caps, self._arrivals),
        )
        self.resumptions = Resumptions(self._ended)
        self._router = self._routes()
        self._leavings: Sequence[Leaving] = (
            self._presence, self._blocking, self._caps, self._arrivals, self._offline
        )  # fmt: skip
        self._around = Surroundings(
            surface.site, surface.credentials, self.sessions, self.resumptions, self
        )

    @property
    def domain(self) -> str:
        """Where the accounts are."""
        return self._surface.site.domain

    @property
    def dialback_secret(self) -> bytes:
        """What keys for other servers are made with (XEP-0185)."""
        return self._surface.dialback_secret

    @property
    def domains(self) -> frozenset[str]:
        """All names that are ours."""
        names = [self._surface.site.domain, self.rooms_domain]
        return frozenset(names if self.files is None else [*names, self.files.domain])

    # --- running ------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep messages and let sessions end, until it is cancelled."""
        async with crew() as tasks:
            self._tasks = tasks
            await self.services.rooms.sweep()
            try:
                await self.services.queue.run()
            finally:
                self._tasks = None
                self.resumptions.close()

    async def serve(self, line: Line) -> None:
        """Serve a client that came over TCP until it is gone."""
        await Client(line, TcpFraming(BEFORE_BYTES), self._around).serve()

    async def serve_frames(self, line: Line) -> None:
        """Serve a client that came by WebSocket until it is gone."""
        await Client(line, FrameFraming(BEFORE_BYTES), self._around).serve()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` beside; while the house closes, nothing is begun."""
        if self._tasks is None:
            work.close()
        else:
            self._tasks.start(work)

    # --- what streams say ---------------------------------------------------------------

    async def take(self, session: Session, stanza: Stanza, done: Callable[[], object]) -> None:
        """Act on a stanza of a client."""
        await self._router.take(session, stanza, done)

    def gone(self, session: Session, left: Sequence[Left]) -> None:
        """A session is over."""
        self.start(self._left(session, left))

    async def _left(self, session: Session, left: Sequence[Left]) -> None:
        for leaving in self._leavings:
            await leaving.left(session, left)

    def _ended(self, bound: Bound) -> None:
        end_session(self.sessions, self, bound)

    # --- what ends or changes elsewhere -------------------------------------------------

    def over(self, account_id: AccountId, app_password_id: AppPasswordId | None = None) -> None:
        """End the sessions of an account, or those of one of its app passwords."""
        for session in list(self.sessions):
            known = session.caller.app_password_id
            if session.account == account_id and app_password_id in (None, known):
                self.resumptions.revoke(session)
                session.outlet.end("not-authorized", _REVOKED)

    async def groups_changed(self, accounts: Collection[AccountId] | None = None) -> None:
        """Who is in groups together is different now; None: nobody knows for whom."""
        self.services.contacts.forget()
        await self.sight.refresh_those(accounts)

    # --- put together -------------------------------------------------------------------

    def _nodes(self) -> Pep:
        """Return what answers for nodes, cards, pictures, bookmarks and private papers."""
        contacts, papers, table = self.services.contacts, self.services.papers, self.table
        audience = DeviceAudience(self.sight, self._caps)
        pep = Pep(self.services.items, ContactReaders(contacts), contacts, audience, self)
        pep.join(table)
        bookmarks = Bookmarks(pep, papers)
        bookmarks.join(table)
        files = self.files
        self._avatars = Avatars(pep, None if files is None else files.pictures)
        self._avatars.join()
        Private(papers, bookmarks).join(table)
        Vcards(papers, self._avatars, contacts, pep).join(table)
        return pep

    def send(self, to: Jid, stanza: Stanza, what: What) -> None:
        """Bring an event to a client; `pep.Post`."""
        session = self.sessions.find(to)
        if session is not None:
            session.send(stanza, what)
        elif self.elsewhere.has(to):
            self.elsewhere.send(to, stanza, what)

    def _routes(self) -> Router:
        domain, table = self._surface.site.domain, self.table
        carbons = Carbons(self.sessions)
        carbons.join(table)
        Archives(self.services.history).join(table)
        self._offline.join(table)
        self._blocking.join()
        Roster(self.services.contacts, self.sight, self._presence, table).join()
        House(self._about(), table, self._presence, self._now).join()
        presence = StampedPresence(self._presence, self._avatars, self.sessions)
        presence.join()
        messages = Messages(domain, self.domains, self._post(carbons))
        doors = Doors(
            domains=Domains(
                server=domain,
                rooms="" if self.rooms is None else self.rooms_domain,
                files="" if self.files is None else self.files.domain,
            ),
            sessions=self.sessions,
            table=table,
            mail=messages,
            rooms=self.rooms,
            presence=self._presence.take_from,
            peers=self._gate,
            elsewhere=self.elsewhere,
            translate=self._surface.translate,
        )
        self.foreign = Foreign(doors)
        others = {} if self.rooms is None else {self.rooms_domain: self.rooms}
        return Router(
            doors.domains,
            self.sessions,
            table,
            {"message": ByDomain(messages, others), "presence": presence},
            _Peers(self._gate, self._arrivals),
            self.elsewhere,
            self._surface.translate,
        )

    def _about(self) -> About:
        """Return what is said of this server, with its services."""
        about, services = self._surface.about, list[Item]()
        if self.rooms is not None:
            self.rooms.join(self.table, about.title)
            services.append(Item(self.rooms_domain))
        if self.files is not None:
            Upload(self.files.uploads, self.table, self._surface.translate).join()
            services.append(Item(self.files.domain))
        return replace(about, services=(*about.services, *services))

    def _rooms(self, groups: GroupRooms) -> Rooms:
        """Return what takes stanzas for the rooms."""
        means = Means(
            queue=self.services.queue,
            shelf=LineShelf(),
            new_uid=self._uids.next,
            now=self._now,
            monotonic_s=self._clock.monotonic_s,
            carry=self._carry,
            translate=self._surface.translate,
        )
        rooms, abroad = self.services.rooms, self.elsewhere.send
        return Rooms(self.rooms_domain, self.domains, rooms, groups, means, abroad)

    def _carry(self, to: Jid, stanza: Stanza, what: What) -> None:
        """Bring to somebody what a room has for them: an invitation, or its refusal."""
        if self.elsewhere.has(to):
            self.elsewhere.send(to, stanza, what)
        for session in targets(self.sessions, to, stanza.type):
            session.send(stanza, what)

    def _post(self, carbons: Carbons) -> Post:
        return Post(
            sessions=self.sessions,
            directory=self._gate,
            gate=self._gate,
            queue=self.services.queue,
            shelf=PersonalShelf(),
            waiting=self.services.waiting,
            carbons=carbons,
            new_uid=self._uids.next,
            now=self._now,
            start=self.start,
            elsewhere=self.elsewhere,
            translate=self._surface.translate,
        )

    def _now(self) -> datetime:
        return self._clock.now()


@dataclass(frozen=True, slots=True)
class ByDomain:
    """Messages for accounts, and for ``others`` of our domains."""

    accounts: Takes
    others: Mapping[str, Takes]

    async def take(self, sending: Sending) -> None:
        """Give a message to who takes those of its domain."""
        await self.others.get(sending.to.domain, self.accounts).take(sending)


@dataclass(frozen=True, slots=True)
class _Peers:
    """Is the `router.Peers`."""

    gate: ContactGate
    arrivals: Arrivals

    async def require_peer(self, session: Session, to: Jid) -> None:
        await self.gate.require_peer(session, to)

    async def answered(self, session: Session, stanza: Stanza) -> None:
        await self.arrivals.answered(session, stanza)
