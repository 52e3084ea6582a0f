"""A village of apps: anna, bert and carl with accounts, and the rooms' domain, all of it real."""

import asyncio
from collections.abc import Awaitable, Callable

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError
from allmende.protocols.xml.tree import Element, element, parse, write
from allmende.protocols.xmpp import muc
from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.jid import parse as jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from allmende.storage.database import Database
from allmende.systems.chat.model.uids import Uids
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.group_rooms import GroupRooms
from allmende.systems.chat.service.rooms import LineShelf, RoomService
from allmende.systems.chat.wire.errors import stanza_error
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.rooms.host import Rooms
from allmende.systems.chat.wire.rooms.talk import Means
from allmende.systems.chat.wire.router import Sending
from allmende.systems.chat.wire.session import Session, What
from tests.systems.chat.conftest import Square
from tests.systems.chat.wire.post import Remembered, heard

DOMAIN = "rooms.x.example"
ROOM = f"tea@{DOMAIN}"
FAR = jid("far@y.example/r")
FORM = "<x xmlns='jabber:x:data' type='submit'>{}</x>"


def said(problem: AllmendeError) -> str:
    return problem.message_id


class Village(Square):
    """``done`` are the ids of what was taken; ``carried`` went to people outside of a room."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.people: dict[str, Caller] = {}
        self.open_sessions: list[Session] = []
        self.done: list[str] = []
        self.carried: list[tuple[str, Element]] = []
        self.abroad: list[tuple[str, Element]] = []
        self.queue = ArchiveQueue(self.database, apart_s=0)
        self.service = RoomService(self.database, self.clock)
        self.groups = GroupRooms(
            self.database, self.chat, self.clock, domain="x.example", secret=b"s" * 32
        )
        means = Means(
            queue=self.queue,
            shelf=LineShelf(),
            new_uid=Uids(self.clock, bytes).next,
            now=self.clock.now,
            monotonic_s=self.clock.monotonic_s,
            carry=lambda to, stanza, _: self.carried.append((str(to), stanza.tree())),
            translate=said,
        )
        domains = frozenset(("x.example", DOMAIN))
        self.rooms = Rooms(DOMAIN, domains, self.service, self.groups, means, self._abroad)
        self.table = IqTable()
        self.rooms.join(self.table, "Rooms")
        self.rooms.follow(self.bus)

    def _abroad(self, to: Jid, stanza: Stanza, what: What) -> None:
        self.abroad.append((str(to), stanza.tree()))

    def app(self, name: str, resource: str = "phone") -> Session:
        """Somebody comes with an app; call it before a story begins."""
        if name not in self.people:
            self.people[name] = self.person(name)
        return Session(Jid(name, "x.example", resource), self.people[name], Remembered())

    async def send(self, who: Session, text: str) -> None:
        """Send a stanza to the rooms, as the router does; an error comes back as one."""
        kind = text[1:].partition(" ")[0]
        found = stanza_of(parse(text.replace(f"<{kind}", f"<{kind} xmlns='{CLIENT}'", 1).encode()))
        stamped = found.having(from_=str(who.jid))
        sending = Sending(who, stamped, jid(found.to), lambda: self.done.append(found.id))
        try:
            await self.rooms.take(sending)
        except (StanzaError, AllmendeError) as problem:
            error = problem if isinstance(problem, StanzaError) else stanza_error(problem, said)
            answer = error_of(stamped, error)
            if answer is not None:
                who.send(answer, What.IQ)
        await self.queue.drained()

    async def from_afar(self, nick: str, **attributes: str) -> None:
        """Send presence of somebody on another server."""
        stanza = Stanza("presence", CLIENT, attributes)
        if not attributes:
            stanza = stanza.adding(element(muc.MUC, "x"))
        to = jid(f"{ROOM}/{nick}")
        await self.rooms.take_from(FAR, None, stanza, to, lambda: None)

    async def come(self, who: Session, nick: str, inner: str = "", room: str = ROOM) -> None:
        """Join."""
        await self.send(
            who, f"<presence to='{room}/{nick}'><x xmlns='{muc.MUC}'>{inner}</x></presence>"
        )

    async def go(self, who: Session, nick: str, inner: str = "") -> None:
        await self.send(who, f"<presence type='unavailable' to='{ROOM}/{nick}'>{inner}</presence>")

    async def speak(self, who: Session, text: str, more: str = "", room: str = ROOM) -> None:
        await self.send(
            who,
            f"<message type='groupchat' id='{text}' to='{room}'>"
            f"<body>{text}</body>{more}</message>",
        )

    async def ask(self, who: Session, kind: str, payload: str, to: str = ROOM) -> str:
        """Send an iq; return the payload of its result, or the condition of its error."""
        target = jid(to)
        stanza = Stanza("iq", CLIENT, {"type": kind, "id": "q", "to": to})
        request = Request(who.jid, target, who, stanza, parse(payload.encode()))
        work = asyncio.ensure_future(
            self.table.answer(Where.ROOM if target.local else Where.ROOMS, request)
        )
        try:
            answer = await work
        except StanzaError as problem:
            return problem.condition
        except AllmendeError as problem:
            return stanza_error(problem, said).condition
        return "" if answer is None else write(answer).decode()

    async def configure(self, who: Session, **fields: str) -> str:
        """Let a room be so."""
        inner = "".join(
            f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
            for name, value in fields.items()
        )
        query = f"<query xmlns='{muc.OWNER}'>{FORM.format(inner)}</query>"
        return await self.ask(who, "set", query)

    async def order(self, who: Session, item: str, kind: str = "set", to: str = ROOM) -> str:
        return await self.ask(who, kind, f"<query xmlns='{muc.ADMIN}'>{item}</query>", to)

    async def open(self, who: Session, nick: str = "anna", **fields: str) -> None:
        """Make the room, and forget what was said about it."""
        await self.come(who, nick)
        assert await self.configure(who, **fields) == ""
        heard(who)


def play(village: Village, story: Callable[[Village], Awaitable[None]]) -> None:
    """Run a story while the queue runs."""

    async def both() -> None:
        task = asyncio.ensure_future(village.queue.run())
        try:
            await story(village)
        finally:
            task.cancel()

    asyncio.run(both())


def village_of(database: Database) -> Village:
    return Village(database)


def codes(stanza: Element) -> list[str]:
    """Return the status codes of a stanza."""
    x = stanza.child(muc.USER_X)
    return [] if x is None else [one.get("code") for one in x.children(f"{muc.USER} status")]


def item(stanza: Element) -> dict[str, str]:
    """Return who a presence says somebody is."""
    x = stanza.child(muc.USER_X)
    found = None if x is None else x.child(f"{muc.USER} item")
    return {} if found is None else dict(found.attributes)


def sight(stanza: Element) -> str:
    """Return a presence or message in short: from whom, what, and its codes."""
    nick = stanza.get("from").partition("/")[2]
    kind = stanza.get("type")
    body = stanza.child_text(f"{CLIENT} body")
    if stanza.child(f"{CLIENT} subject") is not None:
        body = f"subject {stanza.child_text(f'{CLIENT} subject')}".strip()
    error = stanza.child(f"{CLIENT} error")
    if error is not None:
        body = next(iter(error)).local
    return " ".join(part for part in (nick, kind, body, ",".join(codes(stanza))) if part)


def sights(who: Session) -> list[str]:
    """Return what came to an app since the last time, in short."""
    return [sight(one) for one in heard(who)]
