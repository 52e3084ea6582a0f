"""Sessions: the bound resources of accounts, and how stanzas get to them. RFC 6120, 7."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Final, Protocol

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza

MAX_SESSIONS: Final = 20
"""Of one account."""

NO_SESSIONS: Final[Mapping[str, "Session"]] = {}


class What(Enum):
    """What is sent: it decides what waits for an idle client, and what becomes of it at the end."""

    PRESENCE = auto()
    STATE = auto()
    """A chat state: nobody misses it."""
    MESSAGE = auto()
    """In no archive: kept for later if its client is gone."""
    KEPT = auto()
    """In the archive of its owner: fetched from there."""
    GROUPCHAT = auto()
    IQ = auto()


class Outlet(Protocol):
    """The sending end of a stream."""

    @property
    def namespace(self) -> str | None:
        """What is declared on each stanza; None on TCP."""
        ...

    def send(self, data: bytes, what: What, about: str = "") -> None:
        """Send a stanza as `Stanza.bytes_for` of ``namespace`` wrote it; never waits.

        ``about``: of presence and chat states, whose; only the newest of them matters.
        """

    def end(self, condition: str, text: str = "") -> None:
        """Close the stream with this error (RFC 6120, 4.9.3)."""


class Session:
    """One bound resource.

    ``presence``: the last available one that was broadcast, None before and after. ``interested``:
    has asked for its contacts. ``carbons``: wants copies (XEP-0280). ``active``: somebody looks at
    it (XEP-0352). ``directed``: who got presence without being a contact (RFC 6121, 4.6).
    """

    __slots__ = ("active", "caller", "carbons", "directed", "interested", "jid", "outlet",
                 "presence", "priority")  # fmt: skip

    def __init__(self, jid: Jid, caller: Caller, outlet: Outlet) -> None:
        self.jid, self.caller, self.outlet = jid, caller, outlet
        self.presence: Stanza | None = None
        self.priority = 0
        self.interested = self.carbons = False
        self.active = True
        self.directed: set[Jid] = set()

    @property
    def account(self) -> AccountId:
        """Whose session it is."""
        if self.caller.account_id is None:
            raise AssertionError("only accounts have sessions")
        return self.caller.account_id

    def send(self, stanza: Stanza, what: What) -> None:
        """Send to this client."""
        about = stanza.attributes.get("from", "")
        self.outlet.send(stanza.bytes_for(self.outlet.namespace), what, about)


class Sessions:
    """All sessions of this node, by address."""

    def __init__(self) -> None:
        self._by_bare: dict[Jid, dict[str, Session]] = {}

    def __iter__(self) -> Iterator[Session]:
        """Yield every session."""
        return (session for of_one in self._by_bare.values() for session in of_one.values())

    def of(self, bare: Jid) -> Mapping[str, Session]:
        """Return the sessions of an account by resource."""
        return self._by_bare.get(bare, NO_SESSIONS)

    def find(self, full: Jid) -> Session | None:
        """Return the session with this full address."""
        return self.of(full.bare).get(full.resource)

    def add(self, session: Session) -> Session | None:
        """Add one; return the one that had its address, whose stream has to end."""
        of_one = self._by_bare.setdefault(session.jid.bare, {})
        before = of_one.pop(session.jid.resource, None)
        of_one[session.jid.resource] = session
        return before

    def remove(self, session: Session) -> None:
        """Remove one, unless another has its address by now."""
        bare = session.jid.bare
        of_one = self._by_bare.get(bare, {})
        if of_one.get(session.jid.resource) is session:
            del of_one[session.jid.resource]
        if not of_one:
            self._by_bare.pop(bare, None)
