"""Pages of a long result. XEP-0059."""

from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp.errors import StanzaError

RSM: Final = "http://jabber.org/protocol/rsm"
SET_NAME: Final = f"{RSM} set"
_MAX_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """``most``: None where the client leaves it to us. ``last``: the last page."""

    most: int | None = None
    after: str = ""
    before: str = ""
    last: bool = False


def read(found: Element | None) -> Wanted:
    """Return what <set/> asks for. Raises StanzaError."""
    if found is None:
        return Wanted()
    if found.child(f"{RSM} index") is not None:
        raise StanzaError("feature-not-implemented")  # XEP-0059, 2.3
    before = found.child(f"{RSM} before")
    return Wanted(
        _number(found.child(f"{RSM} max")),
        found.child_text(f"{RSM} after"),
        before.text if before is not None else "",
        last=before is not None and not before.text,
    )


def page(first: str, last: str) -> Element:
    """Return <set/> of a page; both "" for an empty one."""
    content = []
    if first:
        content = [element(RSM, "first", first), element(RSM, "last", last)]
    return Element(SET_NAME, {}, content)


def _number(found: Element | None) -> int | None:
    if found is None:
        return None
    text = found.text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise StanzaError("bad-request")
    return int(text)
