"""Where a stanza of a client goes: to us, to a session, elsewhere. RFC 6120, 8 and 10."""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.core.errors import AllmendeError
from allmende.protocols.xml.errors import XmlRefused
from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, parse_child
from allmende.systems.chat.wire.errors import Translate, stanza_error
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import Session, Sessions, What

_log = logging.getLogger(__name__)
_ASKING: Final = frozenset(("get", "set"))
_ANSWERING: Final = frozenset(("result", "error"))
_REFERENCE_BYTES: Final = 4

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


class Router:
    """Is the `client.Traffic` of all clients."""

    def __init__(
        self,
        domains: Domains,
        sessions: Sessions,
        table: IqTable,
        messages: Takes,
        presence: Takes,
        peers: Peers,
        translate: Translate,
    ) -> None:
        self._domains = domains
        self._sessions = sessions
        self._table = table
        self._takes = {"message": messages, "presence": presence}
        self._peers = peers
        self._translate = translate

    async def take(self, session: Session, stanza: Stanza, done: Done) -> None:
        """Act on a stanza of a client; whatever goes wrong is answered once."""
        stamped = stanza.having(from_=str(session.jid))
        try:
            to = parse(stanza.to) if stanza.to else session.jid.bare
            sending = Sending(session, stamped, to, done)
            if stanza.kind == "iq":
                await self._take_iq(sending)
                done()
            else:
                await self._takes[stanza.kind].take(sending)
        except JidMalformed:
            self._refuse(session, stamped, StanzaError("jid-malformed"), done)
        except StanzaError as problem:
            self._refuse(session, stamped, problem, done)
        except AllmendeError as problem:
            self._refuse(session, stamped, stanza_error(problem, self._translate), done)
        except XmlRefused:
            self._refuse(session, stamped, StanzaError("bad-request"), done)
        except Exception:
            reference = secrets.token_hex(_REFERENCE_BYTES)
            _log.exception("a stanza failed: %s", reference)
            self._refuse(session, stamped, StanzaError("internal-server-error", reference), done)

    def _refuse(self, session: Session, stanza: Stanza, problem: StanzaError, done: Done) -> None:
        answer = error_of(stanza, problem)
        if answer is not None:
            session.send(answer, What.IQ)
        done()

    # --- iq -----------------------------------------------------------------------------

    async def _take_iq(self, sending: Sending) -> None:
        stanza = sending.stanza
        if not stanza.id or stanza.type not in _ASKING | _ANSWERING:
            raise StanzaError("bad-request")
        if stanza.type in _ASKING and len(stanza.children) != 1:
            raise StanzaError("bad-request")
        where = self._where(sending.to)
        if where is not None and stanza.type in _ASKING:
            await self._answer(where, sending)
        elif where is None:
            await self._hand_on(sending)
        else:
            await self._peers.answered(sending.session, stanza)

    def _where(self, to: Jid) -> Where | None:
        """Return who of us answers; None: a client does. Raises StanzaError for other servers."""
        if to.domain == self._domains.server:
            if to.local:
                return None if to.resource else Where.ACCOUNT
            return Where.SERVER
        if to.domain == self._domains.files and not to.local:
            return Where.FILES
        if to.domain == self._domains.rooms:
            return Where.ROOM if to.local else Where.ROOMS
        raise StanzaError("remote-server-not-found")

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
        if sending.stanza.type in _ASKING:
            await self._peers.require_peer(sending.session, sending.to)
        found = self._sessions.find(sending.to)
        if found is not None:
            found.send(sending.stanza, What.IQ)
        elif sending.stanza.type in _ASKING:
            raise StanzaError("service-unavailable")
