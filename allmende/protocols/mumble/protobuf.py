"""What protocol buffers look like on the wire: numbers, texts, and fields behind their tags."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from allmende.protocols.mumble.errors import MumbleMalformed

VARINT: Final = 0
FIXED64: Final = 1
DELIMITED: Final = 2
FIXED32: Final = 5

_FLOAT: Final = struct.Struct("<f")
_MASK32: Final = 0xFFFFFFFF
_MASK64: Final = 0xFFFFFFFFFFFFFFFF
_FIELD_NUMBERS: Final = range(1, 1 << 29)


def write_varint(value: int) -> bytes:
    """Write seven bits a byte, the lowest first."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Read a number of at most 64 bits; return it and where the next one begins."""
    value = shift = 0
    try:
        while (byte := data[position]) >= 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            position += 1
            if shift > 63:
                raise MumbleMalformed("a number of more than ten bytes")
    except IndexError:
        raise MumbleMalformed("cut off") from None
    return (value | byte << shift) & _MASK64, position + 1


def tag(number: int, wire: int) -> bytes:
    """Write what stands before the value of field ``number``."""
    return write_varint(number << 3 | wire)


def delimited(data: bytes) -> bytes:
    """Write bytes behind their length."""
    return write_varint(len(data)) + data


def fields_of(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Yield number, wire type and value of each field: an int for VARINT, else bytes."""
    position, end = 0, len(data)
    while position < end:
        head, position = read_varint(data, position)
        number, wire = head >> 3, head & 7
        if number not in _FIELD_NUMBERS:
            raise MumbleMalformed("a field number out of range")
        if wire == VARINT:
            value, position = read_varint(data, position)
            yield number, wire, value
            continue
        start, position = _span(data, position, wire)
        if position > end:
            raise MumbleMalformed("cut off")
        yield number, wire, data[start:position]


def _span(data: bytes, position: int, wire: int) -> tuple[int, int]:
    if wire == DELIMITED:
        length, position = read_varint(data, position)
        return position, position + length
    if wire == FIXED32:
        return position, position + 4
    if wire == FIXED64:
        return position, position + 8
    raise MumbleMalformed("a group, or an unknown wire type")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type of field: how it is marked on the wire, read, and written."""

    wire: int
    read: Callable[[Any], Any]
    write: Callable[[Any], bytes]


def _unsigned(bits: int) -> Scalar:
    mask = (1 << bits) - 1

    def read(value: int) -> int:
        return value & mask

    def write(value: int) -> bytes:
        if not 0 <= value <= mask:
            raise ValueError(f"not a number of {bits} bits")
        return write_varint(value)

    return Scalar(VARINT, read, write)


def _read_int32(value: int) -> int:
    low = value & _MASK32
    return low - (1 << 32) if low >> 31 else low


def _write_int32(value: int) -> bytes:
    if not -(1 << 31) <= value < 1 << 31:
        raise ValueError("not a signed number of 32 bits")
    return write_varint(value & _MASK64)


def _write_bool(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


def _read_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise MumbleMalformed("a text that is not UTF-8") from None


def _write_text(value: str) -> bytes:
    return delimited(value.encode())


def _read_float(value: bytes) -> float:
    number: float = _FLOAT.unpack(value)[0]
    return number


UINT32: Final = _unsigned(32)
UINT64: Final = _unsigned(64)
INT32: Final = Scalar(VARINT, _read_int32, _write_int32)
BOOL: Final = Scalar(VARINT, bool, _write_bool)
STRING: Final = Scalar(DELIMITED, _read_text, _write_text)
BYTES: Final = Scalar(DELIMITED, bytes, delimited)
FLOAT: Final = Scalar(FIXED32, _read_float, _FLOAT.pack)
