"""Reads what an update (format V1) holds without applying it.

An update is: number of clients; for each its number of structs, the client, the first clock, the
structs; then the delete set: number of clients; for each the client, number of runs, the runs
(clock, length). A struct begins with a byte: bits 0-4 the kind of content, 0x80 there is an
origin to the left, 0x40 one to the right, 0x20 a key in the parent. Only a struct without origins
names its parent; the others stand beside their origin.

Two kinds of content that no Yjs 13 writes are refused because ``yrs`` cannot read them: the old
JSON (2) and XmlHook. Memory and time are O(length); nothing is believed before the bytes for it
are there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from allmende.protocols.yjs.varint import Malformed, Reader

MOST_CLOCKS: Final = 2**31 - 1
"""``yrs`` counts clocks in 32 bits."""

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, SUBDOCUMENT, SKIP = range(11)
"""Kinds of content. GC: gone with its place; Skip: a gap, to be sent another time."""

_LEFT, _RIGHT, _KEY = 0x80, 0x40, 0x20
ARRAY, MAP, TEXT, XML_ELEMENT, XML_FRAGMENT, _XML_HOOK, XML_TEXT = range(7)
"""Kinds of types."""
_ANY_DEPTH: Final = 50
# What follows the byte of a plain value: 127 undefined, 126 null, 124 float, 123 double,
# 122 a 64-bit integer, 121 false, 120 true (lib0, writeAny).
_ANY_BYTES: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
_ANY_INTEGER, _ANY_STRING, _ANY_OBJECT, _ANY_ARRAY, _ANY_BUFFER = 125, 119, 118, 117, 116

Id = tuple[int, int]
"""Client and clock of one struct."""


class MalformedUpdate(Malformed):
    """Not an update, or one with what we refuse (sub-documents, endless nesting)."""


class Struct(NamedTuple):
    """One struct. Of ``left``, ``right`` (its origins) and ``parent`` some are None; a root is
    named by a string. ``key``: it is the value of a key in its parent. ``type_ref``: which type it
    is, -1 for all other content."""

    client: int
    clock: int
    end: int
    kind: int
    left: Id | None
    right: Id | None
    parent: Id | str | None
    key: str | None
    type_ref: int


@dataclass(frozen=True, slots=True)
class UpdateShape:
    """What an update holds.

    ``ranges``: per client the runs of clocks (first, end) that it brings, in order, without gaps
    in between; ``deleted``: the same of the delete set, as sent; ``needs``: per client the clock
    up to which everything must be known, because something in here refers to it; ``structs``: of
    each client, in order; ``text_bytes``: of text that it adds, as UTF-8; ``halves``: clocks of
    the second halves of characters beyond the first 65,536 (two clocks each).
    """

    ranges: Mapping[int, Sequence[tuple[int, int]]]
    deleted: Mapping[int, Sequence[tuple[int, int]]]
    needs: Mapping[int, int]
    structs: Mapping[int, Sequence[Struct]]
    text_bytes: int
    halves: frozenset[Id]

    def first(self, client: int) -> int:
        """Return the first clock of ``client`` in here."""
        return self.ranges[client][0][0]

    def end(self, client: int) -> int:
        """Return the clock after the last of ``client`` in here."""
        return self.ranges[client][-1][1]

    @property
    def kinds(self) -> frozenset[int]:
        """Which kinds of content are in here, gone ones (0) too."""
        return frozenset(one.kind for run in self.structs.values() for one in run)

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing for anybody."""
        return not self.ranges and not self.deleted


def read_update(data: bytes, *, trusted: bool = False) -> UpdateShape:
    """Return what ``data`` holds. Raises MalformedUpdate, nothing else.

    ``trusted``: it comes from our own disk, where ``yrs`` may have written structs of no length
    or that refer to themselves after nonsense was sent; a text must open all the same.
    """
    try:
        return _Reader(data, trusted).update()
    except Malformed as error:
        raise MalformedUpdate(str(error)) from None


class _Reader(Reader):
    """Reads one update; what was found gathers in the attributes."""

    __slots__ = ("_client", "_clock", "_halves", "_needs", "_text_bytes", "_trusted", "_type_ref")

    def __init__(self, data: bytes, trusted: bool) -> None:
        super().__init__(data)
        self._trusted = trusted
        self._needs: dict[int, int] = {}
        self._text_bytes = 0
        self._halves: set[Id] = set()
        self._client = self._clock = 0
        self._type_ref = -1

    def update(self) -> UpdateShape:
        structs: dict[int, list[Struct]] = {}
        for _ in range(self.uint()):
            count = self.uint()
            self._client = self.uint()
            self._clock = self.uint()
            if self._client in structs:
                raise Malformed("a client twice")
            structs[self._client] = [one for _ in range(count) if (one := self._struct())]
        deleted = self._delete_set()
        self.finish()
        structs = {client: run for client, run in structs.items() if run}
        return UpdateShape(
            {client: _runs(run) for client, run in structs.items()},
            deleted,
            self._needs,
            structs,
            self._text_bytes,
            frozenset(self._halves),
        )

    def _struct(self) -> Struct | None:
        """Read one struct; None for a gap."""
        info, clock = self.byte(), self._clock
        if info in (SKIP, GC):
            end = self._advance(self._length())
            if info == SKIP:
                return None
            return Struct(self._client, clock, end, GC, None, None, None, None, -1)
        kind = info & 0x1F
        left = self._id() if info & _LEFT else None
        right = self._id() if info & _RIGHT else None
        parent: Id | str | None = None
        key: str | None = None
        if left is None and right is None:
            parent = self._parent()
            key = self.var_string() if info & _KEY else None
        self._type_ref = -1
        end = self._advance(self._string() if kind == STRING else self._content(kind))
        return Struct(self._client, clock, end, kind, left, right, parent, key, self._type_ref)

    def _advance(self, length: int) -> int:
        self._clock += length
        if self._clock > MOST_CLOCKS:
            raise Malformed("a clock above 2**31 - 1")
        return self._clock

    def _length(self) -> int:
        length = self.uint()
        if not length and not self._trusted:
            raise Malformed("a struct of no length")
        return length

    def _parent(self) -> Id | str:
        named = self.uint()
        if named == 1:
            return self.var_string()
        if named:
            raise Malformed("neither a root nor a parent")
        return self._id()

    def _id(self) -> Id:
        client, clock = self.uint(), self.uint()
        if client == self._client:
            if clock >= self._clock and not self._trusted:
                raise Malformed("refers to what comes later")
        elif clock >= self._needs.get(client, 0):
            if clock >= MOST_CLOCKS:
                raise Malformed("a clock above 2**31 - 1")
            self._needs[client] = clock + 1
        return client, clock

    def _string(self) -> int:
        raw = self.var_bytes()
        if not raw and not self._trusted:
            raise Malformed("a struct of no length")
        self._text_bytes += len(raw)
        if raw.isascii():
            return len(raw)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Malformed("text that is not UTF-8") from None
        if max(text, default="") <= "\uffff":
            return len(text)
        clock = self._clock
        for sign in text:
            clock += 1
            if sign > "\uffff":
                self._halves.add((self._client, clock))
                clock += 1
        return clock - self._clock

    def _content(self, kind: int) -> int:
        """Read all other content; return the number of clocks."""
        if kind in (DELETED, ANY):
            length = self._length()
            if kind == ANY:
                self._values(length)
            return length
        if kind == FORMAT:
            self.var_string()
            self.var_string()
        elif kind == TYPE:
            self._type()
        elif kind == EMBED:
            self.var_string()
        elif kind == BINARY:
            self.skip(self.uint())
        elif kind == SUBDOCUMENT:
            raise Malformed("a sub-document")
        else:
            raise Malformed("an unknown kind of content")
        return 1

    def _type(self) -> None:
        self._type_ref = self.uint()
        if self._type_ref > XML_TEXT or self._type_ref == _XML_HOOK:
            raise Malformed("an unknown kind of type")
        if self._type_ref == XML_ELEMENT:
            self.var_string()

    def _values(self, count: int) -> None:
        """Read ``count`` values; ``left`` says how many are left at each depth."""
        left = [count]
        keys = [False]
        while left:
            if not left[-1]:
                left.pop()
                keys.pop()
                continue
            left[-1] -= 1
            if keys[-1]:
                self.var_string()
            code = self.byte()
            if code in (_ANY_OBJECT, _ANY_ARRAY):
                if len(left) > _ANY_DEPTH:
                    raise Malformed("a value nested too deep")
                left.append(self.uint())
                keys.append(code == _ANY_OBJECT)
            else:
                self._value(code)

    def _value(self, code: int) -> None:
        if code == _ANY_STRING:
            self.var_string()
        elif code == _ANY_BUFFER:
            self.skip(self.uint())
        elif code == _ANY_INTEGER:
            for _ in range(10):
                if self.byte() < 0x80:
                    return
            raise Malformed("a number that is too long")
        elif code in _ANY_BYTES:
            self.skip(_ANY_BYTES[code])
        else:
            raise Malformed("an unknown kind of value")

    def _delete_set(self) -> dict[int, list[tuple[int, int]]]:
        deleted: dict[int, list[tuple[int, int]]] = {}
        for _ in range(self.uint()):
            runs = deleted.setdefault(self.uint(), [])
            for _ in range(self.uint()):
                clock = self.uint()
                end = clock + self._length()
                if end > MOST_CLOCKS:
                    raise Malformed("a clock above 2**31 - 1")
                runs.append((clock, end))
        return {client: runs for client, runs in deleted.items() if runs}


def _runs(structs: Sequence[Struct]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = end = structs[0].clock
    for one in structs:
        if one.clock != end:
            runs.append((start, end))
            start = one.clock
        end = one.end
    runs.append((start, end))
    return runs
