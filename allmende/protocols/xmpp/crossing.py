"""A stanza goes from a client's stream to a server's, or back. RFC 6120, 4.8.3.

What inherits the namespace of its stream has that of the next one by itself; what declares it is
written anew. What stands inside an element of an extension (a forwarded message) stays as it is.
"""

from collections.abc import Sequence

from allmende.protocols.xml.bounded import SEPARATOR
from allmende.protocols.xml.tree import Element, write
from allmende.protocols.xmpp.names import CLIENT, SERVER
from allmende.protocols.xmpp.stanza import Child, Stanza, parse_child

_CONTENT = frozenset((CLIENT, SERVER))


def to_server(stanza: Stanza) -> Stanza:
    """Return a stanza as it stands in a stream between servers."""
    return _crossed(stanza, SERVER)


def to_client(stanza: Stanza) -> Stanza:
    """Return a stanza as the rest of this server knows it."""
    return _crossed(stanza, CLIENT)


def _crossed(stanza: Stanza, namespace: str) -> Stanza:
    if stanza.namespace == namespace:
        return stanza
    children: list[Child] = []
    parts: list[bytes] = []
    read = position = 0
    for child in stanza.children:
        between = stanza.inner[read : child.start]
        piece, name = _piece(stanza, child, namespace)
        start = position + len(between)
        children.append(Child(name, start, start + len(piece)))
        parts += (between, piece)
        position, read = start + len(piece), child.end
    parts.append(stanza.inner[read:])
    return Stanza(stanza.kind, namespace, stanza.attributes, b"".join(parts), children)


def _piece(stanza: Stanza, child: Child, namespace: str) -> tuple[bytes, str]:
    piece = stanza.inner[child.start : child.end]
    of, _, local = child.name.rpartition(SEPARATOR)
    if of not in _CONTENT:
        return piece, child.name
    name = f"{namespace} {local}"
    if b"xmlns" not in piece:
        return piece, name
    return write(_renamed(parse_child(stanza, child), namespace), namespace), name


def _renamed(at: Element, namespace: str) -> Element:
    if at.namespace not in _CONTENT:
        return at
    content: Sequence[str | Element] = [
        _renamed(part, namespace) if isinstance(part, Element) else part for part in at.content
    ]
    return Element(f"{namespace} {at.local}", at.attributes, content)
