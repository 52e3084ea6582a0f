"""Places for files: XEP-0363. A client asks for one, puts the file there over HTTP, names it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.tree import Element, element
from allmende.protocols.xmpp import forms
from allmende.protocols.xmpp.disco import Identity
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.forms import Field, Form

UPLOAD: Final = "urn:xmpp:http:upload:0"
NAME: Final = f"{UPLOAD} request"
IDENTITY: Final = Identity("store", "file")
HEADERS: Final = frozenset(("Authorization", "Cookie", "Expires"))
"""All that a client may be told to send along."""

_MAX_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants to put somewhere. ``type``: "" where it does not say."""

    name: str
    size: int
    type: str = ""


def read(request: Element) -> Wanted:
    """Return what is asked for. Raises StanzaError ``bad-request``."""
    name, size = request.get("filename"), request.get("size")
    is_number = size.isascii() and size.isdigit() and len(size) <= _MAX_DIGITS
    if not name or not is_number or int(size) == 0:
        raise StanzaError("bad-request")
    return Wanted(name, int(size), request.get("content-type"))


def slot(put: str, get: str, headers: Mapping[str, str] | None = None) -> Element:
    """Return a place: where the file is to be put, and where others get it.

    ValueError for a header that the document does not know.
    """
    given = headers or {}
    if not HEADERS.issuperset(given):
        raise ValueError("clients leave out other headers")
    lines = [element(UPLOAD, "header", text, name=name) for name, text in given.items()]
    return element(
        UPLOAD,
        "slot",
        element(UPLOAD, "put", *lines, url=put),
        element(UPLOAD, "get", url=get),
    )


def too_large(most: int, text: str = "") -> StanzaError:
    """Return the error for a file that is larger than any may be."""
    limit = element(UPLOAD, "max-file-size", str(most))
    return StanzaError("not-acceptable", text, more=element(UPLOAD, "file-too-large", limit))


def later(stamp: str, text: str = "") -> StanzaError:
    """Return the error for somebody who has put enough; ``stamp``: when there is place again."""
    return StanzaError(
        "resource-constraint", text, kind="wait", more=element(UPLOAD, "retry", stamp=stamp)
    )


def limits(most: int) -> Element:
    """Return the form that says how large a file may be (XEP-0128)."""
    size = Field(name="max-file-size", values=(str(most),))
    return forms.write(Form("result", [forms.hidden(UPLOAD), size]))
