"""Elements as values, read from bounded XML and written with the fewest declarations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from allmende.protocols.xml.bounded import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    SEPARATOR,
    bounded_parser,
    feed,
)
from allmende.protocols.xml.errors import XmlTooMuch

XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
LANG: Final = f"{XML_NAMESPACE} lang"
_IN_ATTRIBUTE: Final = {"'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_SPECIAL: Final = re.compile(r"[&<>'\t\n\r]")
_IN_TEXT: Final = {"\r": "&#13;"}


@dataclass(slots=True)
class Element:
    """One element. ``name``: ``uri local``; ``content``: texts and elements in their order."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    content: Sequence["str | Element"] = ()

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition(SEPARATOR)[2]

    @property
    def namespace(self) -> str:
        """The namespace, "" for none."""
        return self.name.rpartition(SEPARATOR)[0]

    @property
    def text(self) -> str:
        """All text directly inside."""
        return "".join(part for part in self.content if isinstance(part, str))

    def __iter__(self) -> Iterator["Element"]:
        """Yield the child elements."""
        return (part for part in self.content if isinstance(part, Element))

    def child(self, name: str) -> "Element | None":
        """Return the first child of this name."""
        return next((part for part in self if part.name == name), None)

    def children(self, name: str) -> Iterator["Element"]:
        """Yield the children of this name."""
        return (part for part in self if part.name == name)

    def child_text(self, name: str) -> str:
        """Return the text of the first child of this name, "" without one."""
        found = self.child(name)
        return found.text if found is not None else ""

    def get(self, attribute: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(attribute, default)


def element(namespace: str, local: str, *content: "str | Element", **attributes: str) -> Element:
    """Make an element; attributes have no namespace, and ``_`` at the end of a name is cut off."""
    names = {name.rstrip("_"): value for name, value in attributes.items()}
    return Element(f"{namespace} {local}" if namespace else local, names, content)


class _Builder:
    """Makes a tree of what a parser reads."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[tuple[Element, list[str | Element]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise XmlTooMuch("depth or attributes")
        content: list[str | Element] = []
        found = Element(name, attributes, content)
        if self._open:
            self._open[-1][1].append(found)
        else:
            self.root = found
        self._open.append((found, content))

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        content = self._open[-1][1]
        if content and isinstance(content[-1], str):
            content[-1] += text
        else:
            content.append(text)


def parse(data: bytes) -> Element:
    """Read one whole document. Its size is bounded by the caller. Raises XmlRefused."""
    builder = _Builder()
    parser = bounded_parser(builder.start, builder.end)
    parser.CharacterDataHandler = builder.text
    feed(parser, data, last=True)
    if builder.root is None:
        raise AssertionError("expat accepts no document without a root")
    return builder.root


def write(root: Element, namespace: str = "", prefixes: Mapping[str, str] | None = None) -> bytes:
    """Write ``root`` where ``namespace`` is the default; ``prefixes`` (by namespace) are known."""
    parts: list[str] = []
    _write(root, namespace, prefixes or {}, parts)
    return "".join(parts).encode()


def quoted(value: str) -> str:
    """Return an attribute's value with its quotes."""
    if _SPECIAL.search(value) is None:
        return f"'{value}'"
    return f"'{escape(value, _IN_ATTRIBUTE)}'"


def escaped(text: str) -> str:
    """Return text as it stands between tags."""
    return escape(text, _IN_TEXT)


def _write(at: Element, default: str, prefixes: Mapping[str, str], parts: list[str]) -> None:
    namespace, _, local = at.name.rpartition(SEPARATOR)
    tag, inner = local, default
    if namespace in prefixes:
        tag = f"{prefixes[namespace]}:{local}"
    elif namespace != default:
        inner = namespace
    parts.append(f"<{tag}")
    if inner != default:
        parts.append(f" xmlns={quoted(inner)}")
    for number, (name, value) in enumerate(at.attributes.items()):
        parts.append(f" {_attribute(name, number)}={quoted(value)}")
    if not at.content:
        parts.append("/>")
        return
    parts.append(">")
    for part in at.content:
        if isinstance(part, str):
            parts.append(escaped(part))
        else:
            _write(part, inner, prefixes, parts)
    parts.append(f"</{tag}>")


def _attribute(name: str, number: int) -> str:
    namespace, _, local = name.rpartition(SEPARATOR)
    if not namespace:
        return local
    if namespace == XML_NAMESPACE:
        return f"xml:{local}"
    return f"xmlns:a{number}={quoted(namespace)} a{number}:{local}"
