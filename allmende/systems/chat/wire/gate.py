"""Who may write to whom, and ask whose devices: blocks, strangers. Spec chat, 7; XEP-0191, 3."""

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.blocking import forms
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.hints import BODY, is_encrypted
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.service.contacts import ContactService, Party
from allmende.systems.chat.wire.blocking import Blocking
from allmende.systems.chat.wire.session import Session, Sessions
from allmende.systems.chat.wire.sight import Sight


class ContactGate:
    """Is the `messages.Gate` and `Directory`, and the `router.Peers` of the house."""

    def __init__(
        self, domain: str, contacts: ContactService, blocking: Blocking, sight: Sight,
        sessions: Sessions,
    ) -> None:  # fmt: skip
        self._domain = domain
        self._contacts = contacts
        self._blocking = blocking
        self._sight = sight
        self._sessions = sessions

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
        says = stanza.child(BODY)
        if says is None and not is_encrypted(stanza):
            return
        chars = len(says.text) if says is not None else 0
        await self._contacts.admit(receiver, Party(account, str(sender.bare)), chars=chars)
        if account is not None:
            await self._contacts.accept(account, str(to.bare))

    async def require_peer(self, session: Session, to: Jid) -> None:
        """Let a device ask another one. Raises StanzaError."""
        await self._blocking.require_open(session, to)
        if self._sight.is_cut(session.jid, to):
            raise StanzaError("service-unavailable")
