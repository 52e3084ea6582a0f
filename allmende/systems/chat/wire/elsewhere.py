"""Other servers, as the rest of chat sees them: who is there, and how to send something."""

import contextlib
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.session import What

_NOT_FOUND: Final = "remote-server-not-found"


class Carrier(Protocol):
    """Takes stanzas to other servers; `servers.Servers`."""

    def talks_to(self, domain: str) -> bool:
        """Whether stanzas may go to a domain at all."""
        ...

    def take(self, stanza: Stanza) -> None:
        """Send a stanza that has both addresses. Raises StanzaError when it cannot be sent."""
        ...


class Elsewhere:
    """``ours``: all domains of this server. Nobody is reached before `open`."""

    def __init__(self, ours: frozenset[str]) -> None:
        self._ours = ours
        self._carrier: Carrier | None = None

    def open(self, carrier: Carrier | None) -> None:
        """Send by ``carrier`` from now on; None: nobody is reached any more."""
        self._carrier = carrier

    def has(self, jid: Jid) -> bool:
        """Whether an address is one of another server."""
        return jid.domain not in self._ours

    def require(self, to: Jid) -> None:
        """Raise StanzaError ``remote-server-not-found`` where nothing is sent to."""
        if self._carrier is None or not self._carrier.talks_to(to.domain):
            raise StanzaError(_NOT_FOUND)

    def take(self, stanza: Stanza) -> None:
        """Send a stanza with both addresses. Raises StanzaError."""
        if self._carrier is None:
            raise StanzaError(_NOT_FOUND)
        self._carrier.take(stanza)

    def send(self, _to: Jid, stanza: Stanza, _what: What) -> None:
        """Send one for whose failure there is nobody to tell."""
        with contextlib.suppress(StanzaError):
            self.take(stanza)


class Correspondent(Protocol):
    """Who wrote something: a session of ours, or somebody elsewhere, who has no account."""

    @property
    def jid(self) -> Jid:
        """Their full address."""
        ...

    @property
    def account(self) -> AccountId | None:
        """Whose session it is."""
        ...

    def send(self, stanza: Stanza, what: What) -> None:
        """Answer them."""
        ...


@dataclass(frozen=True, slots=True)
class Foreigner:
    """Somebody of another server."""

    jid: Jid
    elsewhere: Elsewhere

    @property
    def account(self) -> None:
        """They have none here."""
        return

    def send(self, stanza: Stanza, what: What) -> None:
        """Answer them through their server."""
        self.elsewhere.send(self.jid, stanza, what)
