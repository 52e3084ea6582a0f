"""One element at depth 1 of a stream, kept as the bytes that came. RFC 6120, 8.

Rules look at attributes and direct children, found by the parser; never at the bytes, where a
text or a nested element could lie.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.bounded import SEPARATOR
from allmende.protocols.xml.tree import LANG, Element, parse, quoted, write
from allmende.protocols.xmpp.names import STREAM

MAX_CHILDREN: Final = 64
_BARE: Final = "{}"


@dataclass(frozen=True, slots=True)
class Child:
    """A direct child: its name (``uri local``), and where its bytes are in the inner bytes."""

    name: str
    start: int
    end: int


class Stanza:
    """``kind``: the local name; ``namespace``: that of the stream it came by.

    ``attributes`` have no namespace, but ``xml:lang``. ``inner``: the bytes between its tags; they
    use no prefix that is not declared in them, so they can stand in another stream as they are.
    """

    __slots__ = ("_tree", "attributes", "children", "inner", "kind", "namespace")

    def __init__(
        self,
        kind: str,
        namespace: str,
        attributes: Mapping[str, str],
        inner: bytes = b"",
        children: Sequence[Child] = (),
    ) -> None:
        self.kind, self.namespace = kind, namespace
        self.attributes = attributes
        self.inner, self.children = inner, children
        self._tree: Element | None = None

    @property
    def name(self) -> str:
        """``uri local``, as the parser says it."""
        return f"{self.namespace} {self.kind}"

    @property
    def id(self) -> str:
        """The attribute, "" without one."""
        return self.attributes.get("id", "")

    @property
    def type(self) -> str:
        """The attribute, "" without one."""
        return self.attributes.get("type", "")

    @property
    def to(self) -> str:
        """The attribute as it came, "" without one."""
        return self.attributes.get("to", "")

    def has(self, name: str) -> bool:
        """Whether there is a direct child of this name."""
        return any(child.name == name for child in self.children)

    def named(self, name: str) -> Iterator[Child]:
        """Yield the direct children of this name."""
        return (child for child in self.children if child.name == name)

    def tree(self) -> Element:
        """Return the whole as an element; made at the first call."""
        if self._tree is None:
            head = f"<{self.kind} xmlns={quoted(self.namespace)}>".encode()
            # Read inside an element that carries the attributes: `head` needs no escaping rules.
            read = parse(b"%s%s</%s>" % (head, self.inner, self.kind.encode()))
            self._tree = Element(self.name, dict(self.attributes), read.content)
        return self._tree

    def child(self, name: str) -> Element | None:
        """Return the first direct child of this name as an element."""
        for child in self.children:
            if child.name == name:
                return parse_child(self, child)
        return None

    def without(self, unwanted: Callable[[Child], bool]) -> "Stanza":
        """Return it with the children cut out that are ``unwanted``; itself, if there are none."""
        kept: list[Child] = []
        parts: list[bytes] = []
        position = removed = 0
        for child in self.children:
            if unwanted(child):
                parts.append(self.inner[position : child.start])
                position = child.end
                removed += child.end - child.start
            else:
                kept.append(Child(child.name, child.start - removed, child.end - removed))
        if not removed:
            return self
        parts.append(self.inner[position:])
        return Stanza(self.kind, self.namespace, self.attributes, b"".join(parts), kept)

    def adding(self, *more: Element) -> "Stanza":
        """Return it with children behind the others."""
        children, parts, position = list(self.children), [self.inner], len(self.inner)
        for one in more:
            written = write(one, self.namespace)
            children.append(Child(one.name, position, position + len(written)))
            parts.append(written)
            position += len(written)
        return Stanza(self.kind, self.namespace, self.attributes, b"".join(parts), children)

    def having(self, **attributes: str | None) -> "Stanza":
        """Return it with attributes set, or removed where None."""
        merged = dict(self.attributes)
        for name, value in attributes.items():
            key = name.rstrip("_")
            if value is None:
                merged.pop(key, None)
            else:
                merged[key] = value
        return Stanza(self.kind, self.namespace, merged, self.inner, self.children)

    def bytes_for(self, namespace: str | None = None) -> bytes:
        """Return it as it is written to a stream.

        ``namespace`` is declared on the stanza itself, as a WebSocket frame wants it (RFC 7395).
        """
        head = f"<{self.kind}" if namespace is None else f"<{self.kind} xmlns={quoted(namespace)}"
        tags = head + "".join(
            f" {'xml:lang' if name == LANG else name}={quoted(value)}"
            for name, value in self.attributes.items()
        )
        if not self.inner:
            return f"{tags}/>".encode()
        return b"%s>%s</%s>" % (tags.encode(), self.inner, self.kind.encode())


def parse_child(stanza: Stanza, child: Child) -> Element:
    """Return one direct child as an element."""
    piece = stanza.inner[child.start : child.end]
    frame = b"<x xmlns=%s>%s</x>" % (quoted(stanza.namespace).encode(), piece)
    return next(iter(parse(frame)))


def stanza_of(root: Element) -> Stanza:
    """Return an element that we made, or that has to be written anew, as a stanza."""
    children: list[Child] = []
    parts: list[bytes] = []
    position = 0
    for part in root.content:
        written = (
            write(part, root.namespace)
            if isinstance(part, Element)
            else write(Element("x", {}, [part]))[3:-4]
        )
        if isinstance(part, Element):
            children.append(Child(part.name, position, position + len(written)))
        parts.append(written)
        position += len(written)
    attributes = {
        name: value
        for name, value in root.attributes.items()
        if SEPARATOR not in name or name == LANG
    }
    return Stanza(root.local, root.namespace, attributes, b"".join(parts), children)


STREAM_PREFIX: Final = {STREAM: "stream"}
"""For `write` inside a stream, whose header declares this prefix."""
