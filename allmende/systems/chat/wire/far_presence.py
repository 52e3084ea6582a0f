"""Presence of and for contacts of other servers. RFC 6121, 3 and 4."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.contacts import Act, Circle, Contact, Said
from allmende.systems.chat.wire.elsewhere import Elsewhere
from allmende.systems.chat.wire.session import Session, Sessions, What
from allmende.systems.chat.wire.sight import Sight, gone

ACTS: Final = {
    "subscribe": Act.ASK,
    "unsubscribe": Act.STOP,
    "subscribed": Act.ALLOW,
    "unsubscribed": Act.REFUSE,
}
TYPES: Final = {act: type_ for type_, act in ACTS.items()}


class Contacts(Protocol):
    """What accounts keep of people elsewhere; `ContactService`."""

    async def account_at(self, address: str) -> AccountId | None:
        """Return the account with a bare address."""
        ...

    async def circle(self, account_id: AccountId) -> Circle:
        """Return whom an account knows and blocks."""
        ...

    async def hear(
        self, account_id: AccountId, sender: str, act: Act, request: bytes = b""
    ) -> Said:
        """Take what somebody elsewhere asks, stops, allows or refuses."""
        ...


class Doorkeeper(Protocol):
    """Whether somebody elsewhere may reach an account; `gate.ContactGate`."""

    async def hears(self, receiver: AccountId, sender: Jid) -> bool:
        """Whether the account has not blocked them."""
        ...

    async def admits_question(self, receiver: AccountId, sender: Jid) -> bool:
        """Whether one more question of a stranger gets through."""
        ...


class FarPresence:
    """Is asked by `Presence`; its `take` is for what other servers send."""

    def __init__(
        self,
        contacts: Contacts,
        doorkeeper: Doorkeeper,
        sight: Sight,
        sessions: Sessions,
        elsewhere: Elsewhere,
    ) -> None:
        self._contacts, self._doorkeeper = contacts, doorkeeper
        self._sight, self._sessions = sight, sessions
        self._elsewhere = elsewhere

    # --- what ours say ------------------------------------------------------------------

    def show(self, session: Session, stanza: Stanza, *, first: bool = False) -> None:
        """Show a device to contacts elsewhere; ``first``: and ask how they are."""
        bare = session.jid.bare
        for contact, jid in self._far(bare):
            if contact.standing.seen:
                self.send(jid, stanza.having(to=str(jid)))
            if first and contact.standing.sees:
                probe = {"type": "probe", "from": str(bare), "to": str(jid)}
                self.send(jid, Stanza("presence", CLIENT, probe))

    def said(self, me: Jid, them: Jid, said: Said, stanza: Stanza) -> None:
        """Tell somebody elsewhere what one of ours asked, stopped, allowed or refused."""
        if said.goes_on:
            self.send(them, stanza)
        if said.act is Act.ALLOW:
            self._show_all(me, them)
        elif said.act is Act.REFUSE:
            self._hide_all(me, them)

    def concerns(self, to: Jid) -> bool:
        """Whether somebody is elsewhere."""
        return self._elsewhere.has(to)

    def require(self, to: Jid) -> None:
        """Raise StanzaError where somebody elsewhere cannot be reached."""
        if self._elsewhere.has(to):
            self._elsewhere.require(to)

    def send(self, to: Jid, stanza: Stanza) -> None:
        """Send presence to somebody elsewhere."""
        self._elsewhere.send(to, stanza, What.PRESENCE)

    def _far(self, bare: Jid) -> Iterator[tuple[Contact, Jid]]:
        circle = self._sight.circle(bare)
        for contact in circle.contacts.values() if circle is not None else ():
            if contact.peer is not None or not (contact.standing.sees or contact.standing.seen):
                continue
            try:
                jid = parse(contact.address)
            except JidMalformed:
                continue
            if self._elsewhere.has(jid) and not self._sight.is_cut(bare, jid):
                yield contact, jid

    def _show_all(self, me: Jid, them: Jid) -> None:
        for session in self._sight.available(me):
            if session.presence is not None:
                self.send(them, session.presence.having(to=str(them)))

    def _hide_all(self, me: Jid, them: Jid) -> None:
        for session in self._sight.available(me):
            self.send(them, gone(session.jid).having(to=str(them)))

    # --- what others say ----------------------------------------------------------------

    async def take(
        self, sender: Jid, to: Jid, stanza: Stanza, tell: Callable[[Jid, Stanza], object]
    ) -> None:
        """Act on presence of somebody elsewhere for an account of ours. Raises StanzaError.

        What concerns nobody is dropped: an account that is not there looks like one that does
        not want to be seen.
        """
        if stanza.type in ACTS:
            await self._subscribe(sender.bare, to.bare, stanza, tell)
        elif stanza.type == "probe":
            await self._probed(sender, to.bare)
        elif stanza.type in ("", "unavailable", "error"):
            await self._shown(sender, to, stanza)
        else:
            raise StanzaError("bad-request")

    async def _shown(self, sender: Jid, to: Jid, stanza: Stanza) -> None:
        if self._sight.is_cut(to, sender):
            return
        for session in self._reached(sender, to, stanza):
            session.send(stanza, What.PRESENCE)

    def _reached(self, sender: Jid, to: Jid, stanza: Stanza) -> Sequence[Session]:
        if to.resource:
            found = self._sessions.find(to)
            return [] if found is None else [found]
        circle = self._sight.circle(to.bare)
        if stanza.type == "error" or circle is None:
            return []
        sees = circle.contact(str(sender.bare)).standing.sees
        return list(self._sight.available(to)) if sees else []

    async def _probed(self, sender: Jid, to: Jid) -> None:
        """Only who may see learns more than that there is nothing to see."""
        if not self._sight.may_see(sender, to):
            account = await self._contacts.account_at(str(to))
            if account is None or not await self._is_seen(account, sender):
                answer = {"type": "unsubscribed", "from": str(to), "to": str(sender.bare)}
                self.send(sender, Stanza("presence", CLIENT, answer))
            return
        for owner in self._sight.available(to):
            if owner.presence is not None:
                self.send(sender, owner.presence.having(to=str(sender)))

    async def _is_seen(self, account: AccountId, sender: Jid) -> bool:
        circle = await self._contacts.circle(account)
        seen = circle.contact(str(sender.bare)).standing.seen
        return seen and await self._doorkeeper.hears(account, sender)

    async def _subscribe(
        self, sender: Jid, me: Jid, stanza: Stanza, tell: Callable[[Jid, Stanza], object]
    ) -> None:
        account, act = await self._contacts.account_at(str(me)), ACTS[stanza.type]
        if account is None or not await self._doorkeeper.hears(account, sender):
            return
        if act is Act.ASK and not await self._doorkeeper.admits_question(account, sender):
            return
        said = await self._contacts.hear(account, str(sender), act, stanza.inner)
        if said.shown:
            tell(me, stanza.having(from_=str(sender), to=str(me)))
        await self._sight.refresh(me)
        if said.answer is not None:
            answer = {"type": TYPES[said.answer], "from": str(me), "to": str(sender)}
            self.send(sender, Stanza("presence", CLIENT, answer))
        if said.answer is Act.ALLOW:
            self._show_all(me, sender)
        elif act is Act.STOP and said.shown:
            self._hide_all(me, sender)
