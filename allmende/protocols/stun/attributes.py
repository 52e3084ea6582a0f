"""The attributes of a STUN message: cut, bounded, written (RFC 8489, 14)."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

HEADER: Final = struct.Struct("!HHI12s")  # type, length of the attributes, magic, transaction
MAGIC: Final = 0x2112A442
MAX_MESSAGE_BYTES: Final = 1500
MAX_ATTRIBUTES: Final = 32

USERNAME: Final = 0x0006
MESSAGE_INTEGRITY: Final = 0x0008
ERROR_CODE: Final = 0x0009
UNKNOWN_ATTRIBUTES: Final = 0x000A
MESSAGE_INTEGRITY_SHA256: Final = 0x001C
XOR_MAPPED_ADDRESS: Final = 0x0020
PRIORITY: Final = 0x0024
USE_CANDIDATE: Final = 0x0025
FINGERPRINT: Final = 0x8028
ICE_CONTROLLED: Final = 0x8029
ICE_CONTROLLING: Final = 0x802A

_FIELD: Final = struct.Struct("!HH")  # type, length of the value without padding


class StunMalformed(ValueError):
    """These bytes are not a STUN message that we understand."""


class Attribute(NamedTuple):
    """``offset`` is where its type stands in the message."""

    kind: int
    value: bytes
    offset: int


def message_type(datagram: bytes) -> int:
    """Return the type of a message whose header is whole. Raises StunMalformed."""
    if not HEADER.size <= len(datagram) <= MAX_MESSAGE_BYTES:
        raise StunMalformed("length of the datagram")
    kind, length, magic, _ = HEADER.unpack_from(datagram)
    if magic != MAGIC or kind & 0xC000:
        raise StunMalformed("magic cookie")
    if length % 4 or HEADER.size + length != len(datagram):
        raise StunMalformed("length field")
    return int(kind)


def transaction_id(datagram: bytes) -> bytes:
    """Return the 12 bytes that tie a response to its request."""
    return datagram[8 : HEADER.size]


def attributes(datagram: bytes) -> Iterator[Attribute]:
    """Yield the attributes of a message in order. Raises StunMalformed on the first bad one."""
    offset = HEADER.size
    count = 0
    while offset < len(datagram):
        if len(datagram) - offset < _FIELD.size:
            raise StunMalformed("attribute header")
        kind, length = _FIELD.unpack_from(datagram, offset)
        start = offset + _FIELD.size
        if start + length > len(datagram):
            raise StunMalformed("attribute longer than the message")
        count += 1
        if count > MAX_ATTRIBUTES:
            raise StunMalformed("too many attributes")
        yield Attribute(kind, datagram[start : start + length], offset)
        offset = start + length + -length % 4


def written(kind: int, value: bytes = b"") -> bytes:
    """Return one attribute with its padding (RFC 8489, 14)."""
    return _FIELD.pack(kind, len(value)) + value + bytes(-len(value) % 4)
