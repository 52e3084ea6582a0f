"""Presence says which picture is shown. XEP-0153, 4; XEP-0398, 3."""

from typing import Protocol

from allmende.core.ids import AccountId
from allmende.protocols.xmpp import vcard
from allmende.protocols.xmpp.jid import Jid
from allmende.systems.chat.wire.avatars import Renewed
from allmende.systems.chat.wire.router import Sending, Takes
from allmende.systems.chat.wire.session import Sessions


class Pictures(Protocol):
    """The pictures of accounts; `avatars.Avatars`."""

    async def hash_of(self, owner: Jid, account: AccountId) -> str:
        """Return what presence says of a picture, "" for none."""
        ...

    def on_renewal(self, renewed: Renewed) -> None:
        """Call ``renewed`` after each change."""


class StampedPresence:
    """Stands before `Presence`, and tells contacts when there is another picture."""

    def __init__(self, presence: Takes, avatars: Pictures, sessions: Sessions) -> None:
        self._presence = presence
        self._avatars = avatars
        self._sessions = sessions

    def join(self) -> None:
        """Hear of new pictures."""
        self._avatars.on_renewal(self._renewed)

    async def take(self, sending: Sending) -> None:
        """Act on presence of a client. Raises as `Presence.take`."""
        stanza, session = sending.stanza, sending.session
        if not stanza.type:
            photo = await self._avatars.hash_of(session.jid.bare, session.account)
            stanza = vcard.stamped(stanza, photo)
        await self._presence.take(Sending(session, stanza, sending.to, sending.done))

    async def _renewed(self, owner: Jid) -> None:
        for session in list(self._sessions.of(owner).values()):
            if session.presence is not None:
                await self.take(Sending(session, session.presence, owner, _nothing))


def _nothing() -> object:
    """Nobody waits for what we say for a client."""
    return None
