"""Blocking. XEP-0191."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse

NAMESPACE: Final = "urn:xmpp:blocking"
BLOCKLIST: Final = f"{NAMESPACE} blocklist"
BLOCK: Final = f"{NAMESPACE} block"
UNBLOCK: Final = f"{NAMESPACE} unblock"
BLOCKED: Final = element("urn:xmpp:blocking:errors", "blocked")
"""Beside ``not-acceptable``: one writes to somebody whom one blocks (XEP-0191, 3.6)."""

_ITEM: Final = f"{NAMESPACE} item"


def read_items(command: Element) -> Sequence[Jid]:
    """Return the addresses of <block/> or <unblock/>. Raises StanzaError."""
    try:
        return [parse(item.get("jid")) for item in command.children(_ITEM)]
    except JidMalformed as problem:
        raise StanzaError("jid-malformed") from problem


def listed(name: str, addresses: Iterable[str]) -> Element:
    """Return the list, or a push of it: ``name`` is BLOCKLIST, BLOCK or UNBLOCK."""
    return Element(name, {}, [element(NAMESPACE, "item", jid=address) for address in addresses])


def forms(jid: Jid) -> Iterator[str]:
    """Yield what blocks ``jid`` if it is on a list (XEP-0191, 2)."""
    yield str(jid)
    if jid.resource:
        yield str(jid.bare)
        yield str(Jid("", jid.domain, jid.resource))
    if jid.local:
        yield jid.domain
