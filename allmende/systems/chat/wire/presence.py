"""Presence: who is here is shown to contacts, and to whom one says it. RFC 6121, 3 and 4."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Child, Stanza
from allmende.systems.chat.model.contacts import Act, Said
from allmende.systems.chat.service.contacts import ContactService, Party
from allmende.systems.chat.wire.far_presence import ACTS, TYPES, FarPresence
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.router import Sending, Takes
from allmende.systems.chat.wire.session import Session, Sessions, What
from allmende.systems.chat.wire.sight import Sight, gone

MAX_DIRECTED: Final = 1000
"""To how many addresses that are no contacts a session may show itself."""

_PRIORITY: Final = f"{CLIENT} priority"
_LOWEST: Final = -128
_HIGHEST: Final = 127
_PASSED: Final = frozenset(("", "unavailable", "probe", "error"))
_KEPT_OF_A_REQUEST: Final = frozenset((f"{CLIENT} status", "http://jabber.org/protocol/nick nick"))


class Hears(Protocol):
    """Hears that a session says it is here."""

    async def present(self, session: Session, *, first: bool) -> None:
        """``session.presence`` is what it says; ``first``: it was not here before."""
        ...


class Presence:
    """Takes presence of clients; is the router's `Takes` and a `Leaving`.

    ``others``: who takes what is for another domain of this server, like that of the rooms.
    ``hearers``: called when a session is here, in this order.
    """

    def __init__(
        self,
        contacts: ContactService,
        sight: Sight,
        sessions: Sessions,
        far: FarPresence,
        others: Mapping[str, Takes],
        hearers: Sequence[Hears] = (),
    ) -> None:
        self._contacts = contacts
        self._sight = sight
        self._sessions = sessions
        self._far = far
        self._others = others
        self._hearers = hearers

    async def take(self, sending: Sending) -> None:
        """Act on presence of a client. Raises StanzaError, and errors of core."""
        stanza, session = sending.stanza, sending.session
        if stanza.type in ACTS:
            await self._subscribe(sending, ACTS[stanza.type])
        elif stanza.type in _PASSED and self._far.concerns(sending.to):
            await self._direct(sending)
            return
        elif stanza.type == "probe":
            self._probe(session, sending.to)
        elif stanza.type == "error":
            self._hand_on(sending)
        elif stanza.type not in ("", "unavailable"):
            raise StanzaError("bad-request")
        elif stanza.to:
            await self._direct(sending)
            return
        elif stanza.type:
            await self._leave(session, stanza)
        else:
            await self._come(session, stanza)
        sending.done()

    async def left(self, session: Session, _left: Sequence[Left]) -> None:
        """Its stream is over: it is not here any more."""
        await self._leave(session, gone(session.jid))
        self._sight.end(session.jid.bare)

    async def may_see(self, asker: Jid, account: Jid) -> bool:
        """Return whether somebody may know of an account that is not theirs; `house.Knows`."""
        account_id = await self._contacts.account_at(str(account.bare))
        if account_id is None:
            return False
        circle = await self._contacts.circle(account_id)
        return circle.contact(str(asker.bare)).standing.seen and not self._sight.is_cut(
            asker, account
        )

    # --- here and gone ------------------------------------------------------------------

    async def _come(self, session: Session, stanza: Stanza) -> None:
        priority = _priority(stanza)
        await self._sight.begin(session)
        first, session.presence = session.presence is None, stanza
        session.priority = priority
        for watcher in list(self._sight.watchers(session.jid)):
            watcher.send(stanza.having(to=str(watcher.jid.bare)), What.PRESENCE)
        self._far.show(session, stanza, first=first)
        if first:
            self._show_others(session)
        for hearer in self._hearers:
            await hearer.present(session, first=first)

    async def _leave(self, session: Session, stanza: Stanza) -> None:
        directed, session.directed = session.directed, set()
        if session.presence is not None:
            watchers = list(self._sight.watchers(session.jid))
            self._far.show(session, stanza)
            session.presence = None
            session.priority = 0
            for watcher in watchers:
                if watcher is not session:
                    watcher.send(stanza.having(to=str(watcher.jid.bare)), What.PRESENCE)
        for jid in directed:
            await self._pass(Sending(session, stanza.having(to=str(jid)), jid, _nothing))

    def _show_others(self, session: Session) -> None:
        """Show who is here already, and what was asked meanwhile (RFC 6121, 4.3 and 3.1.3)."""
        bare = session.jid.bare
        own = [one for one in self._sight.available(bare) if one is not session]
        for other in (*own, *self._sight.seen_by(bare)):
            if other.presence is not None:
                session.send(other.presence.having(to=str(bare)), What.PRESENCE)
        circle = self._sight.circle(bare)
        for contact in circle.waiting() if circle is not None else ():
            asked = {"type": "subscribe", "from": contact.address, "to": str(bare)}
            session.send(Stanza("presence", CLIENT, asked, contact.request), What.MESSAGE)

    def _probe(self, session: Session, to: Jid) -> None:
        """Somebody asks whether a contact is here; nobody learns more than they see anyway."""
        if self._sight.may_see(session.jid, to):
            for owner in self._sight.available(to.bare):
                if owner.presence is not None:
                    session.send(owner.presence.having(to=str(session.jid)), What.PRESENCE)

    # --- to somebody --------------------------------------------------------------------

    async def _direct(self, sending: Sending) -> None:
        """Show oneself to somebody in particular, or no more (RFC 6121, 4.6)."""
        session, to = sending.session, sending.to
        self._far.require(to)
        if sending.stanza.type:
            session.directed.discard(to)
        elif to.bare != session.jid.bare:
            if len(session.directed) >= MAX_DIRECTED and to not in session.directed:
                raise StanzaError("resource-constraint")
            session.directed.add(to)
        if not await self._pass(sending):
            session.directed.discard(to)
            raise StanzaError("remote-server-not-found")

    async def _pass(self, sending: Sending) -> bool:
        """Give directed presence to whom it is for; return whether its domain is ours."""
        to = sending.to
        other = self._others.get(to.domain)
        if other is not None:
            await other.take(sending)
            return True
        if self._far.concerns(to):
            self._far.send(to, sending.stanza.having(to=str(to)))
            sending.done()
            return True
        if to.domain != sending.session.jid.domain:
            return False
        self._hand_on(sending)
        sending.done()
        return True

    def _hand_on(self, sending: Sending) -> None:
        to = sending.to
        if self._sight.is_cut(sending.session.jid, to):
            return
        found = self._sessions.find(to)
        for one in [found] if found is not None else self._reached(to):
            one.send(sending.stanza, What.PRESENCE)

    def _reached(self, to: Jid) -> Sequence[Session]:
        return () if to.resource else list(self._sight.available(to))

    # --- from elsewhere -----------------------------------------------------------------

    async def take_from(self, sender: Jid, to: Jid, stanza: Stanza) -> None:
        """Act on presence of somebody of another server. Raises StanzaError, errors of core."""
        if stanza.type in ACTS:
            stanza = stanza.without(_is_extra)
        await self._far.take(sender, to, stanza, self._tell)

    # --- subscriptions ------------------------------------------------------------------

    async def _subscribe(self, sending: Sending, act: Act) -> None:
        me, them = sending.session.jid.bare, sending.to.bare
        if them.domain != me.domain:
            self._far.require(them)
        circle = await self._contacts.circle(sending.session.account)
        if act is Act.ASK and circle.blocks((str(them), them.domain)):
            raise StanzaError("not-acceptable")
        request = sending.stanza.without(_is_extra).inner
        party = Party(sending.session.account, str(me))
        said = await self._contacts.say(party, str(them), act, request)
        self.tell(me, them, said, sending.stanza.without(_is_extra))
        await self._sight.refresh(them)
        await self._sight.refresh(me)

    def tell(self, me: Jid, them: Jid, said: Said, stanza: Stanza | None = None) -> None:
        """Tell both sides what was said; ``stanza``: what of it is shown besides."""
        attributes = {"from": str(me), "to": str(them), "type": TYPES[said.act]}
        told = Stanza("presence", CLIENT, attributes)
        if stanza is not None:
            told = Stanza("presence", CLIENT, attributes, stanza.inner, stanza.children)
        if self._far.concerns(them):
            self._far.said(me, them, said, told)
        elif said.shown:
            self._tell(them, told)
        if said.answer is not None:
            answer = {"from": str(them), "to": str(me), "type": TYPES[said.answer]}
            self._tell(me, Stanza("presence", CLIENT, answer))

    def _tell(self, bare: Jid, stanza: Stanza) -> None:
        """A question is for those who are here, all else for those who keep the list."""
        is_question = stanza.type == TYPES[Act.ASK]
        for session in self._sessions.of(bare).values():
            if session.presence is not None or (session.interested and not is_question):
                session.send(stanza, What.MESSAGE)


def _priority(stanza: Stanza) -> int:
    """Return the priority. Raises StanzaError. RFC 6121, 4.7.2.3."""
    found = stanza.child(_PRIORITY)
    text = "0" if found is None else found.text.strip()
    try:
        priority = int(text, 10)
    except ValueError as problem:
        raise StanzaError("bad-request") from problem
    if not _LOWEST <= priority <= _HIGHEST:
        raise StanzaError("bad-request")
    return priority


def _is_extra(child: Child) -> bool:
    return child.name not in _KEPT_OF_A_REQUEST


def _nothing() -> object:
    """Nobody waits for what we say for a client."""
    return None
