"""A small town of sessions that write to each other: a real archive, outlets that remember."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import Element, parse
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.jid import parse as jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from allmende.storage.database import Database
from allmende.systems.chat.model.uids import Uids
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.personal import PersonalShelf, WaitingService
from allmende.systems.chat.wire.carbons import Carbons
from allmende.systems.chat.wire.elsewhere import Elsewhere
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.messages import Messages, Post
from allmende.systems.chat.wire.router import Sending
from allmende.systems.chat.wire.session import Session, Sessions, What
from tests.identity.town import HandClock

ACCOUNTS = {"anna": AccountId(1), "bert": AccountId(2)}
AVAILABLE = Stanza("presence", CLIENT, {})


class Remembered:
    """An outlet."""

    namespace: str | None = None

    def __init__(self) -> None:
        self.sent: list[tuple[Element, What]] = []

    def send(self, data: bytes, what: What, about: str = "") -> None:
        frame = parse(b"<x xmlns='jabber:client'>%s</x>" % data)
        self.sent.append((next(iter(frame)), what))

    def end(self, condition: str, text: str = "") -> None:
        raise AssertionError(condition)


class Accounts:
    """The directory, and a gate that is closed to whom a test names."""

    def __init__(self) -> None:
        self.closed: set[str] = set()

    async def account_of(self, name: str) -> AccountId | None:
        return ACCOUNTS.get(name)

    async def let_go(self, session: Session, to: Jid, stanza: Stanza) -> None:
        if str(to.bare) in self.closed:
            raise StanzaError("not-acceptable")

    async def admit(self, sender: Jid, receiver: AccountId, stanza: Stanza) -> None:
        if str(sender.bare) in self.closed:
            raise StanzaError("not-acceptable")


class Street:
    """Everything behind the router."""

    def __init__(self, database: Database) -> None:
        self.clock = HandClock()
        self.sessions, self.accounts = Sessions(), Accounts()
        self.queue = ArchiveQueue(database, apart_s=0)
        self.waiting = WaitingService(database, self.clock)
        self.history = PersonalHistory(database, self.clock)
        self.carbons, self.table = Carbons(self.sessions), IqTable()
        self.carbons.join(self.table)
        self.beside: list[asyncio.Task[None]] = []
        self.done: list[str] = []
        post = Post(
            sessions=self.sessions,
            directory=self.accounts,
            gate=self.accounts,
            queue=self.queue,
            shelf=PersonalShelf(),
            waiting=self.waiting,
            carbons=self.carbons,
            new_uid=Uids(self.clock, bytes).next,
            now=self.clock.now,
            start=self._start,
            elsewhere=Elsewhere(frozenset(("x.example", "rooms.x.example"))),
            translate=lambda problem: problem.message_id,
        )
        self.messages = Messages("x.example", frozenset(("x.example", "rooms.x.example")), post)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self.beside.append(asyncio.ensure_future(work))

    def session(self, name: str, resource: str, *, priority: int | None = 0) -> Session:
        """Somebody comes; without a priority, without presence."""
        who = Caller(account_id=ACCOUNTS[name])
        session = Session(Jid(name, "x.example", resource), who, Remembered())
        if priority is not None:
            session.presence, session.priority = AVAILABLE, priority
        self.sessions.add(session)
        return session

    async def say(self, session: Session, text: str) -> None:
        """Send a message, as the router does."""
        found = stanza_of(parse(text.replace("<message", f"<message xmlns='{CLIENT}'", 1).encode()))
        stamped = found.having(from_=str(session.jid))
        to = jid(found.to) if found.to else session.jid.bare
        await self.messages.take(Sending(session, stamped, to, lambda: self.done.append(found.id)))

    async def settle(self) -> None:
        """Let everything be kept and delivered."""
        await self.queue.drained()
        await asyncio.gather(*self.beside)

    async def ask(self, session: Session, payload: Element, kind: str = "set") -> Element | None:
        """Send an iq to the own account."""
        stanza = Stanza("iq", CLIENT, {"type": kind, "id": "q"})
        request = Request(session.jid, session.jid.bare, session, stanza, payload)
        return await self.table.answer(Where.ACCOUNT, request)


def heard(session: Session) -> list[Element]:
    """Return what came to a session since the last time."""
    outlet = session.outlet
    assert isinstance(outlet, Remembered)
    sent, outlet.sent = outlet.sent, []
    return [stanza for stanza, _ in sent]


def kinds(session: Session) -> list[What]:
    """Return as what things came to a session, and leave them."""
    outlet = session.outlet
    assert isinstance(outlet, Remembered)
    return [what for _, what in outlet.sent]


def bodies(session: Session) -> list[str]:
    """Return the bodies of what came to a session."""
    return [stanza.child_text(f"{CLIENT} body") for stanza in heard(session)]


def play(street: Street, story: Callable[[Street], Awaitable[None]]) -> None:
    """Run a story while the queue runs."""

    async def both() -> None:
        task = asyncio.ensure_future(street.queue.run())
        try:
            await story(street)
        finally:
            task.cancel()

    asyncio.run(both())
