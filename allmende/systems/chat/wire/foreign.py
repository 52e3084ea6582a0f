"""What other servers send to ours: to people, to rooms, to this server. RFC 6120, 8; 6121, 8."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.protocols.xmpp.errors import StanzaError, error_of
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza, parse_child
from allmende.systems.chat.wire.elsewhere import Correspondent, Elsewhere, Foreigner
from allmende.systems.chat.wire.errors import Translate, answering
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.messages import FORGED
from allmende.systems.chat.wire.router import ASKING, Domains, require_iq
from allmende.systems.chat.wire.session import Session, Sessions, What

_EVENT: Final = frozenset(("http://jabber.org/protocol/pubsub#event event",))
_OF_ROOMS: Final = frozenset(
    (
        "urn:xmpp:mam:2 result",
        "urn:xmpp:occupant-id:0 occupant-id",
        "urn:xmpp:message-retract:1 retracted",
        "urn:xmpp:message-moderate:1 moderated",
        "urn:xmpp:message-moderate:0 moderated",
    )
)


class Mail(Protocol):
    """Takes messages for accounts; `messages.Messages`."""

    async def take_from(
        self,
        sender: Correspondent,
        stanza: Stanza,
        to: Jid,
        done: Callable[[], object],
        forged: frozenset[str] = FORGED,
    ) -> None:
        """``forged``: children that this sender may not say. Raises StanzaError."""
        ...


class RoomHost(Protocol):
    """Takes messages and presence for rooms; `rooms.Rooms`."""

    async def take_from(
        self,
        sender: Jid,
        session: Session | None,
        stanza: Stanza,
        to: Jid,
        done: Callable[[], object],
    ) -> None:
        """``session``: None for people of other servers."""
        ...


class Peers(Protocol):
    """Which devices of ours people elsewhere may ask; `gate.ContactGate`."""

    def is_in_room(self, to: Jid, room: Jid) -> bool:
        """Whether a device of ours is in a room elsewhere."""
        ...

    async def require_asker(self, sender: Jid, to: Jid) -> None:
        """Raise StanzaError where somebody elsewhere may not ask a device."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Who takes what. ``presence``: of people, for accounts (`presence.Presence.take_from`)."""

    domains: Domains
    sessions: Sessions
    table: IqTable
    mail: Mail
    rooms: RoomHost | None
    presence: Callable[[Jid, Jid, Stanza], Awaitable[None]]
    peers: Peers
    elsewhere: Elsewhere
    translate: Translate


class Foreign:
    """Takes stanzas whose sender is proved, and answers each that wants an answer once."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def take(self, sender: Jid, to: Jid, stanza: Stanza, done: Callable[[], object]) -> None:
        """``done`` is called once, when all that it caused is kept."""
        doors = self._doors
        problem = await answering(self._taken(sender, to, stanza, done), doors.translate)
        if problem is not None:
            answer = error_of(stanza, problem)
            if answer is not None:
                doors.elsewhere.send(sender, answer, What.IQ)
            done()

    async def _taken(
        self, sender: Jid, to: Jid, stanza: Stanza, done: Callable[[], object]
    ) -> None:
        doors = self._doors
        if stanza.kind == "iq":
            await self._take_iq(sender, to, stanza)
            done()
        elif to.domain == doors.domains.rooms and doors.rooms is not None:
            await doors.rooms.take_from(sender, None, stanza, to, done)
        elif to.domain != doors.domains.server:
            done()
        elif stanza.kind == "presence":
            if to.local:
                await doors.presence(sender, to, stanza)
            done()
        else:
            forged = self._forged(sender, to)
            writer = Foreigner(sender, doors.elsewhere)
            await doors.mail.take_from(writer, stanza, to, done, forged)

    def _forged(self, sender: Jid, to: Jid) -> frozenset[str]:
        """Return what they cannot say: rooms speak of themselves, accounts of their nodes."""
        if self._doors.peers.is_in_room(to, sender):
            return FORGED - _OF_ROOMS
        return FORGED if sender.resource else FORGED - _EVENT

    # --- iq -----------------------------------------------------------------------------

    async def _take_iq(self, sender: Jid, to: Jid, stanza: Stanza) -> None:
        require_iq(stanza)
        where = self._doors.domains.where(to)
        if where is None:
            await self._hand_on(sender, to, stanza)
        elif stanza.type in ASKING:
            await self._answer(where, sender, to, stanza)

    async def _answer(self, where: Where, sender: Jid, to: Jid, stanza: Stanza) -> None:
        payload = parse_child(stanza, stanza.children[0])
        request = Request(sender, to, None, stanza, payload)
        result = await self._doors.table.answer(where, request)
        attributes = {"type": "result", "id": stanza.id, "from": str(to), "to": str(sender)}
        answer = Stanza("iq", CLIENT, attributes)
        self._doors.elsewhere.send(
            sender, answer if result is None else answer.adding(result), What.IQ
        )

    async def _hand_on(self, sender: Jid, to: Jid, stanza: Stanza) -> None:
        """Give it to the device that it is for; an answer for nobody is dropped."""
        if stanza.type in ASKING:
            await self._doors.peers.require_asker(sender, to)
        found = self._doors.sessions.find(to)
        if found is not None:
            found.send(stanza, What.IQ)
        elif stanza.type in ASKING:
            raise StanzaError("service-unavailable")
