"""Ids that stay with a message: those of its sender, and those of archives. XEP-0359."""

from collections.abc import Callable
from typing import Final

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp.stanza import Child, Stanza, parse_child

SID: Final = "urn:xmpp:sid:0"
STANZA_ID: Final = f"{SID} stanza-id"
ORIGIN_ID: Final = f"{SID} origin-id"
MAX_ORIGIN_ID_CHARS: Final = 256


def stanza_id(uid: str, by: str) -> Element:
    """Return <stanza-id/>; ``by``: whose archive it is in."""
    return Element(STANZA_ID, {"id": uid, "by": by})


def origin_id(stanza: Stanza) -> str:
    """Return what the sender calls it, "" if it says nothing, or too much."""
    found = stanza.child(ORIGIN_ID)
    text = found.get("id") if found is not None else ""
    return text if len(text) <= MAX_ORIGIN_ID_CHARS else ""


def without_claims(
    stanza: Stanza, name: str, attribute: str, ours: Callable[[str], bool]
) -> Stanza:
    """Return it without children ``name`` that claim, by ``attribute``, to be made by us.

    XEP-0359, 6: only who gives ids may say that it did; so with delays (XEP-0203).
    """
    if not stanza.has(name):
        return stanza

    def claims(child: Child) -> bool:
        return child.name == name and ours(parse_child(stanza, child).get(attribute))

    return stanza.without(claims)
