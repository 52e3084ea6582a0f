"""Who may write to whom, and ask whose devices: blocks, strangers. Spec chat, 7; XEP-0191, 3."""

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.blocking import forms
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.hints import BODY, is_encrypted
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.contacts import Contact
from allmende.systems.chat.service.contacts import ContactService, Party
from allmende.systems.chat.wire.blocking import Blocking
from allmende.systems.chat.wire.servers.budget import Budget
from allmende.systems.chat.wire.session import Session, Sessions
from allmende.systems.chat.wire.sight import Sight


class ContactGate:
    """Is the `messages.Gate` and `Directory`, and the `router.Peers` of the house."""

    def __init__(
        self, domain: str, contacts: ContactService, blocking: Blocking, sight: Sight,
        sessions: Sessions, strangers: Budget,
    ) -> None:  # fmt: skip
        self._domain = domain
        self._contacts = contacts
        self._blocking = blocking
        self._sight = sight
        self._sessions = sessions
        self._strangers = strangers

    async def account_of(self, name: str) -> AccountId | None:
        """Return whose name this is."""
        return await self._contacts.account_at(f"{name}@{self._domain}")

    async def admit(self, sender: Jid, receiver: AccountId, stanza: Stanza) -> None:
        """Let a message through, or raise StanzaError, NotAllowed, InvalidInput.

        Whoever writes to somebody may be answered by them.
        """
        session = self._sessions.find(sender)
        account = None if session is None else session.account
        to = parse(stanza.to)
        if session is not None:
            await self._blocking.require_open(session, to)
        circle = await self._contacts.circle(receiver)
        if circle.blocks(forms(sender)):
            raise StanzaError("service-unavailable")
        if account == receiver or stanza.type == "error":
            return
        if session is None and self.is_in_room(to, sender):
            return
        if session is None and stanza.type == "groupchat":
            raise StanzaError("service-unavailable")
        if not stanza.has(BODY) and not is_encrypted(stanza):
            return
        contact = circle.contact(str(sender.bare))
        if not contact.is_known:
            if session is None:
                self._require_budget(contact, sender)
            says = stanza.child(BODY)
            party = Party(account, str(sender.bare))
            await self._contacts.admit(receiver, party, chars=len(says.text) if says else 0)
        if account is not None:
            await self._contacts.accept(account, str(to.bare))

    async def let_go(self, session: Session, to: Jid, stanza: Stanza) -> None:
        """Let a message go to somebody elsewhere, who may answer it. Raises StanzaError."""
        await self._blocking.require_open(session, to)
        if stanza.type not in ("error", "groupchat") and (stanza.has(BODY) or is_encrypted(stanza)):
            await self._contacts.accept(session.account, str(to.bare))

    async def require_peer(self, session: Session, to: Jid) -> None:
        """Let a device ask another one. Raises StanzaError."""
        await self._blocking.require_open(session, to)
        if self._sight.is_cut(session.jid, to):
            raise StanzaError("service-unavailable")

    # --- people elsewhere ---------------------------------------------------------------

    async def hears(self, receiver: AccountId, sender: Jid) -> bool:
        """Return whether an account has not blocked somebody elsewhere."""
        circle = await self._contacts.circle(receiver)
        return not circle.blocks(forms(sender))

    async def admits_question(self, receiver: AccountId, sender: Jid) -> bool:
        """Return whether one more question of somebody elsewhere gets through."""
        circle = await self._contacts.circle(receiver)
        contact = circle.contact(str(sender.bare))
        return contact.is_known or contact.heard or self._strangers.take(sender.domain)

    def is_in_room(self, to: Jid, room: Jid) -> bool:
        """Return whether a device of ours has gone into a room elsewhere."""
        session = self._sessions.find(to) if to.resource else None
        return session is not None and any(one.bare == room.bare for one in session.directed)

    async def require_asker(self, sender: Jid, to: Jid) -> None:
        """Let somebody elsewhere ask a device of ours that they see. Raises StanzaError."""
        sees = self._sight.may_see(sender, to) or self.is_in_room(to, sender)
        session = self._sessions.find(to)
        shown = session is not None and bool({sender, sender.bare} & session.directed)
        if self._sight.is_cut(to, sender) or not (sees or shown):
            raise StanzaError("service-unavailable")

    def _require_budget(self, contact: Contact, sender: Jid) -> None:
        if not (contact.heard or self._strangers.take(sender.domain)):
            raise StanzaError("resource-constraint", kind="wait")
