"""Bytes of one direction of an XMPP stream over TCP become stanzas. RFC 6120, 4 and 11.

No input or output, no clock. Each element is cut out of the bytes as it came; only one that leans
on declarations outside of itself is read as a tree and written anew.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xml.bounded import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    SEPARATOR,
    bounded_parser,
    feed,
)
from allmende.protocols.xml.errors import (
    XmlMalformed,
    XmlRefused,
    XmlRestricted,
    XmlTooMuch,
)
from allmende.protocols.xml.tree import LANG, Element, parse, quoted
from allmende.protocols.xmpp.names import STREAM
from allmende.protocols.xmpp.stanza import MAX_CHILDREN, Child, Stanza, stanza_of

MAX_NAMES: Final = 4000
"""expat keeps every name for the life of a parser: beyond this a new one takes over."""

MAX_RESCANS: Final = 256
"""A token that comes in pieces is scanned again with each: so many times the limit, not more."""

_OPENING: Final = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_XML_PREFIXES: Final = frozenset({"stream", "xml", "db"})
"""Declared by the headers of clients and servers (``db``: dialback); few stanzas use them."""
_HEADER_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Opened:
    """The header of the stream. ``namespace``: the default one of what is inside."""

    attributes: Mapping[str, str]
    namespace: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The other side closed its stream; nothing comes after it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The bytes break a rule. ``condition``: the stream error to answer with (RFC 6120, 4.9.3)."""

    condition: str


Event = Opened | Stanza | Closed | Failed
_CONDITIONS: Final = {
    XmlTooMuch: "policy-violation",
    XmlRestricted: "restricted-xml",
    XmlMalformed: "not-well-formed",
}


class _Unfit(XmlRefused):
    """A rule of streams, not of XML; its text is the condition."""


class Stream:
    """Feed it with `receive`; after Closed or Failed it takes nothing any more.

    ``limit_bytes``: of one element, and of whatever is not complete; may be set at any time.
    """

    __slots__ = ("_base", "_buffer", "_depth", "_ended", "_events", "_fruitless", "_header",
                 "_namespace", "_outer", "_parser", "_reading", "_unfed",
                 "limit_bytes")  # fmt: skip

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._ended = False
        self._events: list[Event] = []
        self._begin()

    def restart(self) -> bool:
        """Expect a new header, after TLS or SASL. False: bytes came too early for that."""
        clean = not self._buffer.strip()
        self._begin()
        return clean

    def receive(self, data: bytes) -> Sequence[Event]:
        """Return what is complete now. Of an element that breaks a rule nothing is returned."""
        if self._ended:
            return ()
        self._buffer += data
        self._unfed += data
        whole = b">" in data or self._is_text() or self._is_foreign()
        failed = self._feed() if whole else self._too_long()
        events, self._events = self._events, []
        if events and isinstance(events[-1], Closed):
            self._ended = True
        elif failed is not None:
            self._ended = True
            events.append(Failed(failed))
        return events

    # --- parsing ------------------------------------------------------------------------

    def _begin(self) -> None:
        self._buffer = bytearray()
        self._unfed = bytearray()
        self._fruitless = 0
        self._header = b""
        self._base = 0  # of the buffer, as the parser counts
        self._namespace = ""
        self._outer: dict[str, str] = {}
        self._events = []
        self._reading: _Reading | None = None
        self._new_parser()

    def _new_parser(self) -> None:
        self._depth = 0
        self._parser = bounded_parser(self._start, self._end)
        self._parser.StartNamespaceDeclHandler = self._declare

    def _is_text(self) -> bool:
        """Whether spaces came between stanzas; all else waits for the end of a tag."""
        return self._depth == 1 and self._reading is None and self._unfed.isspace()

    def _is_foreign(self) -> bool:
        """Whether it begins as no stream does: whoever tries TLS on a plain port waits for a no."""
        return self._depth == 0 and not (self._buffer[:1] == b"<" or self._buffer[:1].isspace())

    def _too_long(self) -> str | None:
        return "policy-violation" if len(self._buffer) > self.limit_bytes else None

    def _feed(self) -> str | None:
        """Return the condition if a rule is broken."""
        data, self._unfed = self._unfed, bytearray()
        self._fruitless += len(self._buffer)
        try:
            feed(self._parser, data)
            self._trim()
            if self._too_long() or self._fruitless > MAX_RESCANS * self.limit_bytes:
                raise XmlTooMuch("size")
            if len(self._parser.intern) > MAX_NAMES and self._header:
                self._renew()
        except _Unfit as unfit:
            return str(unfit)
        except XmlRefused as refused:
            return _CONDITIONS[type(refused)]
        return None

    def _trim(self) -> None:
        """Let spaces between stanzas go; they keep connections alive."""
        if self._depth == 1 and self._reading is None and self._buffer[:1].isspace():
            self._cut(len(self._buffer) - len(self._buffer.lstrip()))

    def _renew(self) -> None:
        """Let a new parser read the header and what is not complete."""
        self._new_parser()
        self._reading = None
        self._base = len(self._header)
        feed(self._parser, self._header)
        feed(self._parser, self._buffer)

    def _cut(self, count: int) -> None:
        del self._buffer[:count]
        self._base += count

    # --- what the parser calls ----------------------------------------------------------

    def _declare(self, prefix: str | None, namespace: str | None) -> None:
        if self._depth == 0:
            self._outer[prefix or ""] = namespace or ""
        elif self._depth == 1 and prefix is not None and self._reading is None:
            # On the stanza's own tag, which is never passed on. Its start follows at once.
            self._reading = _Reading(-1, {}, leans=True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        self._fruitless = 0
        if depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise XmlTooMuch("depth or attributes")
        if depth == 3 and self._reading is not None:
            self._begin_child(self._reading, name)
        elif depth == 2:
            self._begin_stanza(name, attributes)
        elif depth == 1:
            self._open(name, attributes)

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if self._header:
            return  # read again
        if name != f"{STREAM} stream":
            raise _Unfit("invalid-namespace" if name.endswith(" stream") else "bad-format")
        position = self._parser.CurrentByteIndex
        end = self._opening(position)[0]
        if end > _HEADER_BYTES:
            raise XmlTooMuch("header")
        self._header = bytes(self._buffer[: end - self._base])
        self._namespace = self._outer.get("", "")
        self._events.append(Opened(attributes, self._namespace))
        self._cut(end - self._base)

    def _opening(self, position: int) -> tuple[int, bool]:
        """Return where the opening tag at ``position`` ends, and whether the element is empty."""
        found = _OPENING.match(self._buffer, position - self._base)
        if found is None:
            raise AssertionError("expat has seen the whole tag")
        end = found.end()
        return end + self._base, self._buffer[end - 2] == ord("/")

    def _begin_stanza(self, name: str, attributes: dict[str, str]) -> None:
        position = self._parser.CurrentByteIndex
        if self._buffer[: position - self._base].strip():
            raise _Unfit("bad-format")  # text between stanzas
        leans = self._reading is not None or bool(self._outer.keys() - {""} - _XML_PREFIXES)
        leans = leans or any(SEPARATOR in each and each != LANG for each in attributes)
        self._cut(position - self._base)
        reading = self._reading = _Reading(position, attributes, leans=leans)
        reading.inner, reading.is_empty = self._opening(position)
        reading.name = name

    def _begin_child(self, reading: "_Reading", name: str) -> None:
        if len(reading.children) >= MAX_CHILDREN:
            raise XmlTooMuch("children")
        position = self._parser.CurrentByteIndex
        reading.child_end, reading.child_is_empty = self._opening(position)
        reading.child, reading.child_start = name, position

    def _end(self, _name: str) -> None:
        self._depth = depth = self._depth - 1
        self._fruitless = 0
        if depth > 2:
            return
        reading = self._reading
        if reading is None:
            self._events.append(Closed())
        elif depth == 2:
            self._end_child(reading)
        else:
            self._end_stanza(reading)

    def _closing(self) -> int:
        """Return the end of the closing tag that begins here."""
        return self._buffer.index(b">", self._parser.CurrentByteIndex - self._base) + 1 + self._base

    def _end_child(self, reading: "_Reading") -> None:
        end = reading.child_end if reading.child_is_empty else self._closing()
        inner = reading.inner
        reading.children.append(Child(reading.child, reading.child_start - inner, end - inner))

    def _end_stanza(self, reading: "_Reading") -> None:
        self._reading = None
        base, closes = self._base, self._parser.CurrentByteIndex
        end = reading.inner if reading.is_empty else self._closing()
        if end - reading.start > self.limit_bytes:
            raise XmlTooMuch("size")
        piece = self._buffer[: end - base]
        if reading.leans or b"stream:" in piece or b"db:" in piece:
            stanza = stanza_of(self._tree(bytes(self._buffer[: end - base])))
        else:
            inner = (
                b""
                if reading.is_empty
                else bytes(self._buffer[reading.inner - base : closes - base])
            )
            namespace, _, local = reading.name.rpartition(SEPARATOR)
            stanza = Stanza(local, namespace, reading.attributes, inner, reading.children)
        self._cut(end - base)
        self._events.append(stanza)

    def _tree(self, piece: bytes) -> Element:
        """Read a stanza where the declarations of the stream's header hold."""
        declared = "".join(
            f" xmlns{':' if prefix else ''}{prefix}={quoted(namespace)}"
            for prefix, namespace in self._outer.items()
        )
        return next(iter(parse(b"<x%s>%s</x>" % (declared.encode(), piece))))


class _Reading:
    """A stanza that is not complete. Positions count from the parser's begin.

    ``leans``: on declarations that will not stand where it goes.
    """

    __slots__ = ("attributes", "child", "child_end", "child_is_empty", "child_start", "children",
                 "inner", "is_empty", "leans", "name", "start")  # fmt: skip

    def __init__(self, start: int, attributes: Mapping[str, str], *, leans: bool) -> None:
        self.start, self.attributes, self.leans = start, attributes, leans
        self.name = self.child = ""
        self.inner = self.child_start = self.child_end = 0
        self.is_empty = self.child_is_empty = False
        self.children: list[Child] = []
