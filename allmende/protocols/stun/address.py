"""XOR-MAPPED-ADDRESS (RFC 8489, 14.2)."""

import ipaddress
import struct
from typing import Final

from allmende.protocols.stun.attributes import MAGIC, StunMalformed

_MAGIC_BYTES: Final = struct.pack("!I", MAGIC)
_HEAD: Final = struct.Struct("!BBH")  # zero, family, port xor the upper half of the magic
_IPV4, _IPV6 = 1, 2


def _xor(left: bytes, right: bytes) -> bytes:
    number = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return number.to_bytes(len(left), "big")


def xored(host: str, port: int, transaction: bytes) -> bytes:
    """Return the value for ``host`` (v4, v6, or v4 mapped into v6) and ``port``.

    Raises ValueError if ``host`` is not an address.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    packed = address.packed
    mask = _MAGIC_BYTES + transaction
    family = _IPV4 if len(packed) == 4 else _IPV6
    return _HEAD.pack(0, family, port ^ MAGIC >> 16) + _xor(packed, mask[: len(packed)])


def unxored(value: bytes, transaction: bytes) -> tuple[str, int]:
    """Return (host, port). Raises StunMalformed."""
    if len(value) not in (8, 20):
        raise StunMalformed("length of an address")
    _, family, port = _HEAD.unpack_from(value)
    packed = value[_HEAD.size :]
    if family != (_IPV4 if len(packed) == 4 else _IPV6):
        raise StunMalformed("family of an address")
    mask = _MAGIC_BYTES + transaction
    host = ipaddress.ip_address(_xor(packed, mask[: len(packed)]))
    return str(host), port ^ MAGIC >> 16
