"""What this server and its accounts say of themselves. XEP-0030, 0092, 0157, 0199, 0202, 0455."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import disco
from allmende.protocols.xmpp.binding import SESSION_NAME
from allmende.protocols.xmpp.disco import INFO_NAME, ITEMS_NAME, Identity, Item
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.systems.chat.wire.iq import IqTable, Request, Where

PING: Final = "urn:xmpp:ping"
VERSION: Final = "jabber:iq:version"
TIME: Final = "urn:xmpp:time"
_DATA: Final = "jabber:x:data"
_CONTACTS: Final = "http://jabber.org/network/serverinfo"
_OUTAGES: Final = "urn:xmpp:sos:0"
_EVERYWHERE: Final = (disco.INFO, disco.ITEMS, PING)
_ACCOUNT: Final = Identity("account", "registered")
_PEP: Final = Identity("pubsub", "pep")


class Knows(Protocol):
    """Who may know that an account is here: its contacts, and itself."""

    async def may_see(self, asker: Jid, account: Jid) -> bool:
        """Return whether ``asker`` may know of ``account``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """``contacts``: addresses for complaints (``xmpp:``, ``mailto:``, ``https:``) by their role.
    ``outages``: where it is said if chat is down, "" nowhere (XEP-0455).
    """

    title: str
    release: str
    services: Sequence[Item] = ()
    contacts: Sequence[tuple[str, str]] = ()
    outages: str = ""


class House:
    """Add it to a table with `join`."""

    def __init__(
        self, about: About, table: IqTable, knows: Knows, now: Callable[[], datetime]
    ) -> None:
        self._about = about
        self._table = table
        self._knows = knows
        self._now = now

    def join(self) -> None:
        """Let it answer."""
        table = self._table
        for where in (Where.SERVER, Where.ACCOUNT):
            table.announce(where, *_EVERYWHERE)
            table.add(where, f"{PING} ping", self._pong)
        table.add(Where.SERVER, INFO_NAME, self._info_of_server)
        table.add(Where.SERVER, ITEMS_NAME, self._items_of_server)
        table.add(Where.ACCOUNT, INFO_NAME, self._info_of_account)
        table.add(Where.SERVER, f"{VERSION} query", self._version, VERSION)
        table.add(Where.SERVER, f"{TIME} time", self._time, TIME)
        table.add(Where.ACCOUNT, SESSION_NAME, self._session)
        table.add(Where.SERVER, SESSION_NAME, self._session)

    # --- answers ------------------------------------------------------------------------

    async def _pong(self, request: Request) -> Element | None:
        await self._require_seen(request)
        return None

    async def _session(self, request: Request) -> Element | None:
        if not request.is_own and request.target.local:
            raise StanzaError("forbidden")
        return None

    async def _info_of_server(self, request: Request) -> Element:
        _require_no_node(request)
        identity = Identity("server", "im", self._about.title)
        features = self._table.features(Where.SERVER)
        return disco.info([identity], features, forms=self._forms())

    async def _items_of_server(self, request: Request) -> Element:
        node = request.payload.get("node")
        return disco.items(() if node else self._about.services, node=node)

    async def _info_of_account(self, request: Request) -> Element:
        await self._require_seen(request)
        _require_no_node(request)
        return disco.info([_ACCOUNT, _PEP], self._table.features(Where.ACCOUNT))

    async def _version(self, _request: Request) -> Element:
        """The platform is nobody's business (XEP-0092, 6)."""
        return element(
            VERSION,
            "query",
            element(VERSION, "name", "Allmende"),
            element(VERSION, "version", self._about.release),
        )

    async def _time(self, _request: Request) -> Element:
        text = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return element(TIME, "time", element(TIME, "tzo", "+00:00"), element(TIME, "utc", text))

    # --- inside -------------------------------------------------------------------------

    async def _require_seen(self, request: Request) -> None:
        """An account that may not be known of answers as one that is not there."""
        if not request.target.local or request.is_own:
            return
        if not await self._knows.may_see(request.sender, request.target.bare):
            raise StanzaError("service-unavailable")

    def _forms(self) -> Iterable[Element]:
        if self._about.outages:
            addresses = _field("external-status-addresses", [self._about.outages], "list-multi")
            kind = _field("FORM_TYPE", [_OUTAGES], "hidden")
            yield element(_DATA, "x", kind, addresses, type_="result")
        if not self._about.contacts:
            return
        fields = [_field("FORM_TYPE", [_CONTACTS], "hidden")]
        roles = dict.fromkeys(role for role, _ in self._about.contacts)
        for role in roles:
            found = [address for each, address in self._about.contacts if each == role]
            fields.append(_field(role, found, "list-multi"))
        yield element(_DATA, "x", *fields, type_="result")


def _field(name: str, values: Iterable[str], kind: str) -> Element:
    return element(
        _DATA, "field", *(element(_DATA, "value", each) for each in values), var=name, type_=kind
    )


def _require_no_node(request: Request) -> None:
    if request.payload.get("node"):
        raise StanzaError("item-not-found")
