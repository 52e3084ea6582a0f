"""The list of contacts. RFC 6121, 2; versions: 2.6."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse

NAMESPACE: Final = "jabber:iq:roster"
QUERY: Final = f"{NAMESPACE} query"
_ITEM: Final = f"{NAMESPACE} item"
_GROUP: Final = f"{NAMESPACE} group"


@dataclass(frozen=True, slots=True)
class Item:
    """One contact. ``subscription``: none, to, from, both or remove; ``ask``: it was asked."""

    jid: Jid
    name: str = ""
    groups: tuple[str, ...] = ()
    subscription: str = "none"
    ask: bool = False
    approved: bool = False

    @property
    def is_removal(self) -> bool:
        """Whether it is taken off the list."""
        return self.subscription == "remove"

    def element(self) -> Element:
        """Return <item/>."""
        attributes = {"jid": str(self.jid), "subscription": self.subscription}
        if self.name:
            attributes["name"] = self.name
        if self.ask:
            attributes["ask"] = "subscribe"
        if self.approved:
            attributes["approved"] = "true"
        return Element(_ITEM, attributes, [element(NAMESPACE, "group", one) for one in self.groups])


def read_item(query: Element) -> Item:
    """Return what a client wants to change. Raises StanzaError. RFC 6121, 2.3.3.

    What a client says of the subscription counts only where it takes the item off.
    """
    items = list(query.children(_ITEM))
    if len(items) != 1:
        raise StanzaError("bad-request")
    item = items[0]
    try:
        jid = parse(item.get("jid"))
    except JidMalformed as problem:
        raise StanzaError("bad-request") from problem
    if item.get("subscription") == "remove":
        return Item(jid, subscription="remove")
    groups = [group.text for group in item.children(_GROUP)]
    if len(set(groups)) != len(groups):
        raise StanzaError("bad-request")
    if any(not group.strip() for group in groups):
        raise StanzaError("not-acceptable")
    return Item(jid, item.get("name"), tuple(groups))


def read_version(query: Element) -> str | None:
    """Return the version of the list that a client has, "" for none; None: it knows no versions."""
    return query.attributes.get("ver")


def query_of(items: Iterable[Item], version: str | None = None) -> Element:
    """Return <query/> with items; ``version`` for clients that know versions."""
    attributes = {} if version is None else {"ver": version}
    return Element(QUERY, attributes, [item.element() for item in items])
