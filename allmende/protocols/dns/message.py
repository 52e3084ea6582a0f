"""A question as octets, an answer as values."""

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from allmende.protocols.dns.errors import DnsError
from allmende.protocols.dns.names import read_name, write_name

_HEAD: Final = struct.Struct("!6H")  # RFC 1035, 4.1.1
_ASKED: Final = struct.Struct("!2H")
_RECORD: Final = struct.Struct("!2HIH")
_INTERNET: Final = 1
_RECURSION_DESIRED: Final = 0x0100
_TRUNCATED: Final = 0x0200
_IS_ANSWER: Final = 0x8000
_CODE: Final = 0x000F
_MAX_RECORDS: Final = 200


class Kind(IntEnum):
    """What is asked for."""

    A = 1
    AAAA = 28  # RFC 3596, 2.1
    CAA = 257  # RFC 8659, 4.1


class Code(IntEnum):
    """What a name server says of the question; others are failures too."""

    GOOD = 0
    NO_SUCH_NAME = 3


@dataclass(frozen=True, slots=True)
class Caa:
    """Who may give certificates: ``tag`` is ``issue``, ``issuewild`` or what is not known here."""

    is_critical: bool
    tag: str
    value: str


Value = str | Caa
"""An address as text, or a CAA."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``code`` as the server gave it; ``values`` are those of the kind that was asked for."""

    number: int
    code: int
    is_truncated: bool
    values: Sequence[Value]


def write_question(number: int, name: str, kind: Kind) -> bytes:
    """Return a question with this number. Raises DnsError if it is no name."""
    head = _HEAD.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0)
    return head + write_name(name) + _ASKED.pack(kind, _INTERNET)


def read_answer(data: bytes, kind: Kind) -> Answer:
    """Return what an answer says about ``kind``. Raises DnsError."""
    if len(data) < _HEAD.size:
        raise DnsError("it ends within its head")
    number, flags, questions, answers, _, _ = _HEAD.unpack_from(data)
    if not flags & _IS_ANSWER or answers > _MAX_RECORDS or questions > 1:
        raise DnsError("it is no answer to one question")
    place = _HEAD.size
    for _ in range(questions):
        _, place = read_name(data, place)
        place += _ASKED.size
    values: list[Value] = []
    is_truncated = bool(flags & _TRUNCATED)
    for _ in range(0 if is_truncated else answers):
        _, place = read_name(data, place)
        found, place = _read_record(data, place, kind)
        values += found
    return Answer(number, flags & _CODE, is_truncated, values)


def _read_record(data: bytes, place: int, kind: Kind) -> tuple[list[Value], int]:
    if place + _RECORD.size > len(data):
        raise DnsError("it ends within a record")
    found, group, _, length = _RECORD.unpack_from(data, place)
    begin, end = place + _RECORD.size, place + _RECORD.size + length
    if end > len(data):
        raise DnsError("it ends within a record")
    if (found, group) != (kind, _INTERNET):
        return [], end
    return [_value(data[begin:end], kind)], end


def _value(data: bytes, kind: Kind) -> Value:
    if kind is Kind.CAA:
        return _caa(data)
    sizes = {Kind.A: 4, Kind.AAAA: 16}
    if len(data) != sizes[kind]:
        raise DnsError("an address has the wrong length")
    return str(ipaddress.ip_address(data))


def _caa(data: bytes) -> Caa:
    """RFC 8659, 4.1: flags, length of the tag, the tag, the rest is the value."""
    if len(data) < 2 or len(data) < 2 + data[1] or not data[1]:
        raise DnsError("a CAA has the wrong length")
    tag, value = data[2 : 2 + data[1]], data[2 + data[1] :]
    return Caa(bool(data[0] & 0x80), tag.decode("ascii", "replace").lower(),
               value.decode("ascii", "replace"))  # fmt: skip
