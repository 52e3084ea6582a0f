"""What an address is and can do, and what belongs to it. XEP-0030; forms in it: XEP-0128."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import LANG, Element

INFO: Final = "http://jabber.org/protocol/disco#info"
ITEMS: Final = "http://jabber.org/protocol/disco#items"
INFO_NAME: Final = f"{INFO} query"
ITEMS_NAME: Final = f"{ITEMS} query"


@dataclass(frozen=True, slots=True)
class Identity:
    """What it is: a category and type of the registry, and a name for people."""

    category: str
    type: str
    name: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What belongs to it."""

    address: str
    name: str = ""
    node: str = ""


def info(
    identities: Iterable[Identity],
    features: Iterable[str],
    *,
    node: str = "",
    forms: Iterable[Element] = (),
) -> Element:
    """Return the answer to a question for information."""
    content = [_identity(one) for one in identities]
    content += [Element(f"{INFO} feature", {"var": feature}) for feature in sorted(set(features))]
    content += forms
    return Element(INFO_NAME, {"node": node} if node else {}, content)


def items(found: Iterable[Item], *, node: str = "") -> Element:
    """Return the answer to a question for items."""
    content = []
    for one in found:
        attributes = {"jid": one.address}
        if one.name:
            attributes["name"] = one.name
        if one.node:
            attributes["node"] = one.node
        content.append(Element(f"{ITEMS} item", attributes))
    return Element(ITEMS_NAME, {"node": node} if node else {}, content)


def read_identities(query: Element) -> list[Identity]:
    """Return the identities in somebody's answer."""
    return [
        Identity(one.get("category"), one.get("type"), one.get("name"), one.get(LANG))
        for one in query.children(f"{INFO} identity")
    ]


def read_features(query: Element) -> list[str]:
    """Return the features in somebody's answer."""
    return [one.get("var") for one in query.children(f"{INFO} feature")]


def _identity(one: Identity) -> Element:
    attributes = {"category": one.category, "type": one.type}
    if one.name:
        attributes["name"] = one.name
    if one.lang:
        attributes[LANG] = one.lang
    return Element(f"{INFO} identity", attributes)
