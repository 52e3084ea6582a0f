"""Rooms that somebody keeps in mind, in both writings: XEP-0402, and XEP-0048 before it."""

from collections.abc import Iterable, Mapping
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import jid
from allmende.protocols.xmpp.forms import said

NODE: Final = "urn:xmpp:bookmarks:1"
CONFERENCE: Final = f"{NODE} conference"
OLD: Final = "storage:bookmarks"
STORAGE: Final = f"{OLD} storage"
FEATURES: Final = (f"{NODE}#compat", f"{NODE}#compat-pep", "urn:xmpp:bookmarks-conversion:0")
CURRENT: Final = "current"
"""What the one item of the old node is called."""

_OLD_CONFERENCE: Final = f"{OLD} conference"
_INSIDE: Final = ("nick", "password")


def read_old(storage: Element) -> Mapping[str, Element]:
    """Return the rooms of an old list as they are written now, by address.

    What is no address is left out; of two of the same the last counts.
    """
    found: dict[str, Element] = {}
    for one in storage.children(_OLD_CONFERENCE):
        try:
            address = str(jid.parse(one.get("jid")).bare)
        except jid.JidMalformed:
            continue
        found[address] = _moved(one, OLD, NODE, {})
    return found


def write_old(rooms: Iterable[tuple[str, Element]], others: Iterable[Element] = ()) -> Element:
    """Return rooms by address as an old list, behind ``others``: what is no room."""
    conferences = [_moved(room, NODE, OLD, {"jid": address}) for address, room in rooms]
    return element(OLD, "storage", *others, *conferences)


def others_of(storage: Element) -> Element:
    """Return an old list without its rooms: addresses of pages, mostly."""
    return element(OLD, "storage", *(one for one in storage if one.name != _OLD_CONFERENCE))


def merged(new: Element, before: Element | None) -> Element:
    """Return a room as an old list has it now, with what that cannot say of it from ``before``.

    It is ``before`` itself if the old list says nothing new: so a change is told once.
    """
    if before is None:
        return new
    if _said(new) == _said(before):
        return before
    kept = [one for one in before if one.local not in _INSIDE]
    return Element(new.name, new.attributes, [*new.content, *kept])


def _moved(one: Element, source: str, target: str, more: Mapping[str, str]) -> Element:
    attributes = dict(more)
    if one.get("name"):
        attributes["name"] = one.get("name")
    attributes["autojoin"] = said(_joins(one))
    inside = [
        element(target, local, text)
        for local in _INSIDE
        if (text := one.child_text(f"{source} {local}"))
    ]
    return Element(f"{target} conference", attributes, inside)


def _joins(one: Element) -> bool:
    return one.get("autojoin") in ("1", "true")


def _said(one: Element) -> tuple[object, ...]:
    texts = (one.child_text(f"{NODE} {local}") for local in _INSIDE)
    return (one.get("name"), _joins(one), *texts)
