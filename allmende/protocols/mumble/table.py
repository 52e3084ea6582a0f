"""A codec from a table: a dataclass says the numbers and types of its fields in annotations.

``name: Annotated[str | None, One(3, STRING)] = None`` is field 3, absent as None; without a
default it must be there. ``Many`` is a sequence. What the table does not know is skipped, a field
of another type than it says too; of a field that comes twice the last one counts; numbers of a
sequence may be packed.
"""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import IntEnum
from operator import attrgetter
from typing import Any, Final, Generic, Protocol, TypeVar, get_type_hints

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.protobuf import (
    DELIMITED,
    FIXED32,
    VARINT,
    Scalar,
    delimited,
    fields_of,
    read_varint,
    tag,
    write_varint,
)

MAX_NESTING: Final = 4
"""Messages inside each other, the outermost counted."""

MAX_REPEATED: Final = 1024
"""Entries of all sequences of a message, with those of the messages inside it."""

MAX_FIELDS: Final = 4096
"""Fields of a message, with those inside it and those that are skipped."""

T = TypeVar("T")


class Bounds:
    """What is left of the bounds while one message is read."""

    __slots__ = ("entries", "fields", "nesting")

    def __init__(self) -> None:
        self.nesting = MAX_NESTING
        self.fields = MAX_FIELDS
        self.entries = MAX_REPEATED

    def field(self) -> None:
        """Count a field."""
        self.fields -= 1
        if self.fields < 0:
            raise MumbleMalformed("too many fields")

    def entry(self) -> None:
        """Count an entry of a sequence."""
        self.entries -= 1
        if self.entries < 0:
            raise MumbleMalformed("too many entries")

    def enter(self) -> None:
        """Go into a message."""
        self.nesting -= 1
        if self.nesting < 0:
            raise MumbleMalformed("nested too deep")

    def leave(self) -> None:
        """Come out of it again."""
        self.nesting += 1


class _Unknown:
    """What an enum does not have: as if the field were not there."""


_UNKNOWN: Final = _Unknown()


class Kind(Protocol):
    """A type that a field may have."""

    wire: int

    def read(self, value: Any, bounds: Bounds) -> Any:
        """Return what the value on the wire means."""
        ...

    def write(self, value: Any) -> bytes:
        """Return the value as it is on the wire, without tag."""
        ...


class Plain:
    """A Scalar."""

    __slots__ = ("_scalar", "wire")

    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar
        self.wire = scalar.wire

    def read(self, value: Any, bounds: Bounds) -> Any:
        """Return what the Scalar says."""
        return self._scalar.read(value)

    def write(self, value: Any) -> bytes:
        """Return what the Scalar says."""
        return self._scalar.write(value)


class Enumerated:
    """One of the numbers of an enum; others are as if the field were absent."""

    __slots__ = ("_enum", "wire")

    def __init__(self, enum: type[IntEnum]) -> None:
        self._enum = enum
        self.wire = VARINT

    def read(self, value: Any, bounds: Bounds) -> Any:
        """Return the member."""
        try:
            return self._enum(value)
        except ValueError:
            return _UNKNOWN

    def write(self, value: Any) -> bytes:
        """Return its number."""
        return write_varint(int(value))


class Nested:
    """A message inside another."""

    __slots__ = ("_table", "wire")

    def __init__(self, message: type[Any]) -> None:
        self._table = Table(message)
        self.wire = DELIMITED

    def read(self, value: Any, bounds: Bounds) -> Any:
        """Return the message."""
        return self._table.read(value, bounds)

    def write(self, value: Any) -> bytes:
        """Return it behind its length."""
        return delimited(self._table.encode(value))


class One:
    """A field that is there once or not at all."""

    __slots__ = ("kind", "number")

    def __init__(self, number: int, kind: Scalar | Kind) -> None:
        self.number = number
        self.kind = Plain(kind) if isinstance(kind, Scalar) else kind


class Many(One):
    """A field of any number of entries."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    number: int
    tag: bytes
    kind: Kind
    many: bool
    required: bool


class Table(Generic[T]):
    """Reads and writes messages of one dataclass."""

    __slots__ = ("_by_number", "_many", "_message", "_required", "_rows")

    def __init__(self, message: type[T]) -> None:
        if not is_dataclass(message):
            raise TypeError("not a dataclass")
        hints = get_type_hints(message, include_extras=True)
        rows = [_row(field, hints[field.name].__metadata__[0]) for field in fields(message)]
        self._message = message
        ordered = sorted(rows, key=lambda row: row.number)
        self._rows = [(row, attrgetter(row.name)) for row in ordered]
        self._by_number = {row.number: row for row in rows}
        self._many = {row.name for row in rows if row.many}
        self._required = {row.name for row in rows if row.required}

    def decode(self, data: bytes) -> T:
        """Return the message that ``data`` is. Raises MumbleMalformed."""
        return self.read(data, Bounds())

    def read(self, data: bytes, bounds: Bounds) -> T:
        """Return the message, counting against what is left of the bounds."""
        bounds.enter()
        found: dict[str, Any] = {}
        for number, wire, value in fields_of(data):
            bounds.field()
            row = self._by_number.get(number)
            if row is None:
                continue
            if row.many:
                found[row.name] = found.get(row.name, ()) + tuple(
                    _entries(row, wire, value, bounds)
                )
            elif wire == row.kind.wire:
                known = row.kind.read(value, bounds)
                if known is not _UNKNOWN:
                    found[row.name] = known
        if not self._required <= found.keys():
            raise MumbleMalformed("a field is missing")
        for name in self._many & found.keys():
            found[name] = tuple(found[name])
        bounds.leave()
        return self._message(**found)

    def encode(self, message: T) -> bytes:
        """Return the message as bytes, its fields in the order of their numbers."""
        parts: list[bytes] = []
        for row, read in self._rows:
            value = read(message)
            if value is None:
                continue
            if row.many:
                for entry in value:
                    parts += (row.tag, row.kind.write(entry))
            else:
                parts += (row.tag, row.kind.write(value))
        return b"".join(parts)


def _row(field: Field[Any], said: One) -> _Row:
    many = isinstance(said, Many)
    return _Row(
        name=field.name,
        number=said.number,
        tag=tag(said.number, said.kind.wire),
        kind=said.kind,
        many=many,
        required=field.default is MISSING,
    )


def _entries(row: _Row, wire: int, value: Any, bounds: Bounds) -> Iterator[Any]:
    for single in _unpacked(row.kind.wire, wire, value):
        bounds.entry()
        known = row.kind.read(single, bounds)
        if known is not _UNKNOWN:
            yield known


def _unpacked(wanted: int, wire: int, value: Any) -> Iterator[Any]:
    if wire == wanted:
        yield value
    elif wire == DELIMITED and wanted == VARINT:
        position = 0
        while position < len(value):
            number, position = read_varint(value, position)
            yield number
    elif wire == DELIMITED and wanted == FIXED32:
        if len(value) % 4:
            raise MumbleMalformed("cut off")
        for start in range(0, len(value), 4):
            yield value[start : start + 4]
