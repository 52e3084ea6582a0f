"""MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489, 14.5 and 14.7)."""

import hmac
import struct
import zlib
from typing import Final

from allmende.protocols.stun.attributes import (
    FINGERPRINT,
    HEADER,
    MESSAGE_INTEGRITY,
    Attribute,
    StunMalformed,
    written,
)

_FINGERPRINT_XOR: Final = 0x5354554E
_INTEGRITY_BYTES: Final = 24
_FINGERPRINT_BYTES: Final = 8


class StunForged(ValueError):
    """MESSAGE-INTEGRITY is missing or was made with another password."""


def _with_length(message: bytes, length: int) -> bytes:
    return message[:2] + struct.pack("!H", length) + message[4:]


def _mac(message: bytes, password: bytes) -> bytes:
    """Return the HMAC-SHA1 of what stands before the attribute; the length covers it."""
    covered = _with_length(message, len(message) - HEADER.size + _INTEGRITY_BYTES)
    return hmac.digest(password, covered, "sha1")


def _crc(message: bytes) -> bytes:
    covered = _with_length(message, len(message) - HEADER.size + _FINGERPRINT_BYTES)
    return struct.pack("!I", zlib.crc32(covered) ^ _FINGERPRINT_XOR)


def sealed(kind: int, transaction: bytes, body: bytes, password: bytes, magic: int) -> bytes:
    """Return a whole message: header, ``body``, MESSAGE-INTEGRITY, FINGERPRINT."""
    message = HEADER.pack(kind, len(body), magic, transaction) + body
    message += written(MESSAGE_INTEGRITY, _mac(message, password))
    message += written(FINGERPRINT, _crc(message))
    return _with_length(message, len(message) - HEADER.size)


def require_integrity(datagram: bytes, found: Attribute | None, password: bytes) -> None:
    """Check MESSAGE-INTEGRITY in constant time. Raises StunForged."""
    if found is None or len(found.value) != _INTEGRITY_BYTES - 4:
        raise StunForged("no integrity")
    if not hmac.compare_digest(_mac(datagram[: found.offset], password), found.value):
        raise StunForged("integrity")


def require_fingerprint(datagram: bytes, found: Attribute) -> None:
    """Check FINGERPRINT, which must be the last attribute. Raises StunMalformed."""
    if found.offset + _FINGERPRINT_BYTES != len(datagram):
        raise StunMalformed("fingerprint is not last")
    if found.value != _crc(datagram[: found.offset]):
        raise StunMalformed("fingerprint")
