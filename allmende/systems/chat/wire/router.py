"""Where a stanza of a client goes: to us, to a session, elsewhere. RFC 6120, 8 and 10."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, parse_child
from allmende.systems.chat.wire.elsewhere import Elsewhere
from allmende.systems.chat.wire.errors import Translate, answering
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import Session, Sessions, What

ASKING: Final = frozenset(("get", "set"))
ANSWERING: Final = frozenset(("result", "error"))

Done = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Sending:
    """One stanza on its way: ``stanza`` has the sender's full address as its ``from``.

    ``done`` is called once, when all that it caused is kept, or at once where nothing is.
    """

    session: Session
    stanza: Stanza
    to: Jid
    done: Done


class Takes(Protocol):
    """Takes messages, or presence."""

    async def take(self, sending: Sending) -> None:
        """Act on it, and see that ``done`` is called. Raises StanzaError, AllmendeError."""
        ...


class Leaving(Protocol):
    """Hears that a session is over."""

    async def left(self, session: Session, left: Sequence[Left]) -> None:
        """``left``: what its client may never have seen."""
        ...


class Peers(Protocol):
    """Knows which devices may ask each other, and hears what they answer to this server."""

    async def require_peer(self, session: Session, to: Jid) -> None:
        """Raise StanzaError where a device may not ask another one."""
        ...

    async def answered(self, session: Session, stanza: Stanza) -> None:
        """Take an answer to a question of this server."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """The names that are ours. ``rooms``, ``files``: where those are, "" without them."""

    server: str
    rooms: str = ""
    files: str = ""

    def where(self, to: Jid) -> Where | None:
        """Return who of us answers; None: a client does. Raises StanzaError for other servers."""
        if to.domain == self.server:
            if to.local:
                return None if to.resource else Where.ACCOUNT
            return Where.SERVER
        if to.domain == self.files and not to.local:
            return Where.FILES
        if to.domain == self.rooms:
            return Where.ROOM if to.local else Where.ROOMS
        raise StanzaError("remote-server-not-found")


class Router:
    """Is the `client.Traffic` of all clients. ``takes``: who takes messages, and who presence."""

    def __init__(
        self,
        domains: Domains,
        sessions: Sessions,
        table: IqTable,
        takes: Mapping[str, Takes],
        peers: Peers,
        elsewhere: Elsewhere,
        translate: Translate,
    ) -> None:
        self._domains = domains
        self._sessions = sessions
        self._table = table
        self._takes = takes
        self._peers = peers
        self._elsewhere = elsewhere
        self._translate = translate

    async def take(self, session: Session, stanza: Stanza, done: Done) -> None:
        """Act on a stanza of a client; whatever goes wrong is answered once."""
        stamped = stanza.having(from_=str(session.jid))
        problem = await answering(self._taken(session, stanza, stamped, done), self._translate)
        if problem is not None:
            answer = error_of(stamped, problem)
            if answer is not None:
                session.send(answer, What.IQ)
            done()

    async def _taken(self, session: Session, stanza: Stanza, stamped: Stanza, done: Done) -> None:
        to = parse(stanza.to) if stanza.to else session.jid.bare
        sending = Sending(session, stamped, to, done)
        if stanza.kind == "iq":
            await self._take_iq(sending)
            done()
        else:
            await self._takes[stanza.kind].take(sending)

    # --- iq -----------------------------------------------------------------------------

    async def _take_iq(self, sending: Sending) -> None:
        stanza = sending.stanza
        require_iq(stanza)
        if self._elsewhere.has(sending.to):
            await self._ask_elsewhere(sending)
            return
        where = self._domains.where(sending.to)
        if where is not None and stanza.type in ASKING:
            await self._answer(where, sending)
        elif where is None:
            await self._hand_on(sending)
        else:
            await self._peers.answered(sending.session, stanza)

    async def _ask_elsewhere(self, sending: Sending) -> None:
        self._elsewhere.require(sending.to)
        if sending.stanza.type in ASKING:
            await self._peers.require_peer(sending.session, sending.to)
        self._elsewhere.take(sending.stanza.having(to=str(sending.to)))

    async def _answer(self, where: Where, sending: Sending) -> None:
        stanza, session = sending.stanza, sending.session
        payload = parse_child(stanza, stanza.children[0])
        request = Request(session.jid, sending.to, session, stanza, payload)
        result = await self._table.answer(where, request)
        attributes = {"type": "result", "id": stanza.id, "to": str(session.jid)}
        if stanza.to:
            attributes["from"] = stanza.to
        answer = Stanza("iq", CLIENT, attributes)
        session.send(answer if result is None else answer.adding(result), What.IQ)

    async def _hand_on(self, sending: Sending) -> None:
        """Give it to the client that it is for; an answer for nobody is dropped."""
        if sending.stanza.type in ASKING:
            await self._peers.require_peer(sending.session, sending.to)
        found = self._sessions.find(sending.to)
        if found is not None:
            found.send(sending.stanza, What.IQ)
        elif sending.stanza.type in ASKING:
            raise StanzaError("service-unavailable")


def require_iq(stanza: Stanza) -> None:
    """Raise StanzaError ``bad-request`` for what is no question and no answer (RFC 6120, 8.2.3)."""
    if not stanza.id or stanza.type not in ASKING | ANSWERING:
        raise StanzaError("bad-request")
    if stanza.type in ASKING and len(stanza.children) != 1:
        raise StanzaError("bad-request")
