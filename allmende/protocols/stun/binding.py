"""Binding requests and responses of connectivity checks (RFC 8489, 3; RFC 8445, 7)."""

import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from allmende.protocols.stun.address import unxored, xored
from allmende.protocols.stun.attributes import (
    ERROR_CODE,
    FINGERPRINT,
    ICE_CONTROLLED,
    ICE_CONTROLLING,
    MAGIC,
    MESSAGE_INTEGRITY,
    MESSAGE_INTEGRITY_SHA256,
    PRIORITY,
    UNKNOWN_ATTRIBUTES,
    USE_CANDIDATE,
    USERNAME,
    XOR_MAPPED_ADDRESS,
    Attribute,
    StunMalformed,
    attributes,
    message_type,
    transaction_id,
    written,
)
from allmende.protocols.stun.integrity import (
    StunForged,
    require_fingerprint,
    require_integrity,
    sealed,
)

BINDING_REQUEST: Final = 0x0001
BINDING_SUCCESS: Final = 0x0101
BINDING_ERROR: Final = 0x0111
UNKNOWN_ATTRIBUTE: Final = 420
ROLE_CONFLICT: Final = 487

_MAX_USERNAME_BYTES: Final = 508  # RFC 8489, 14.3
_UNDERSTOOD: Final = frozenset(
    {USERNAME, MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256, PRIORITY, USE_CANDIDATE}
)
_REASONS: Final = {UNKNOWN_ATTRIBUTE: "Unknown Attribute", ROLE_CONFLICT: "Role Conflict"}


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """An authentic check. ``unknown``: attributes that must be understood and are not."""

    transaction: bytes
    username: str
    priority: int = 0
    use_candidate: bool = False
    controlled: bool = False
    unknown: tuple[int, ...] = ()


def _username(value: bytes) -> str:
    if len(value) > _MAX_USERNAME_BYTES:
        raise StunMalformed("username is too long")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise StunMalformed("username is not UTF-8") from None


def addressed_ufrag(datagram: bytes) -> str:
    """Return whom a Binding request is for: the part of USERNAME before the colon.

    Nothing is authenticated yet. Raises StunMalformed, also for every other message.
    """
    if message_type(datagram) != BINDING_REQUEST:
        raise StunMalformed("not a Binding request")
    for attribute in attributes(datagram):
        if attribute.kind == USERNAME:
            return _username(attribute.value).partition(":")[0]
    raise StunMalformed("no username")


def _covered(datagram: bytes, password: bytes) -> dict[int, bytes]:
    """Return the attributes that MESSAGE-INTEGRITY covers, the first of each kind."""
    found: dict[int, bytes] = {}
    integrity: Attribute | None = None
    for attribute in attributes(datagram):
        if attribute.kind == FINGERPRINT:
            require_fingerprint(datagram, attribute)
        elif attribute.kind == MESSAGE_INTEGRITY and integrity is None:
            integrity = attribute
        elif integrity is None:
            found.setdefault(attribute.kind, attribute.value)
    require_integrity(datagram, integrity, password)
    return found


def read_request(datagram: bytes, password: bytes) -> BindingRequest:
    """Return the check that these bytes are. Raises StunMalformed or StunForged."""
    if message_type(datagram) != BINDING_REQUEST:
        raise StunMalformed("not a Binding request")
    found = _covered(datagram, password)
    if USERNAME not in found:
        raise StunForged("no username")
    priority = found.get(PRIORITY, bytes(4))
    if len(priority) != 4:
        raise StunMalformed("length of a priority")
    return BindingRequest(
        transaction=transaction_id(datagram),
        username=_username(found[USERNAME]),
        priority=int.from_bytes(priority, "big"),
        use_candidate=USE_CANDIDATE in found,
        controlled=ICE_CONTROLLED in found,
        unknown=tuple(kind for kind in found if kind < 0x8000 and kind not in _UNDERSTOOD),
    )


def write_request(request: BindingRequest, password: bytes, *, tie_breaker: int = 0) -> bytes:
    """Return the bytes of a check of a controlling (or ``controlled``) agent."""
    role = ICE_CONTROLLED if request.controlled else ICE_CONTROLLING
    body = written(USERNAME, request.username.encode())
    body += written(PRIORITY, request.priority.to_bytes(4, "big"))
    body += written(role, tie_breaker.to_bytes(8, "big"))
    if request.use_candidate:
        body += written(USE_CANDIDATE)
    return sealed(BINDING_REQUEST, request.transaction, body, password, MAGIC)


def write_success(transaction: bytes, host: str, port: int, password: bytes) -> bytes:
    """Return the answer that tells the other end which address its check came from."""
    body = written(XOR_MAPPED_ADDRESS, xored(host, port, transaction))
    return sealed(BINDING_SUCCESS, transaction, body, password, MAGIC)


def write_error(
    transaction: bytes, code: int, password: bytes, unknown: Collection[int] = ()
) -> bytes:
    """Return an error answer (RFC 8489, 14.8) that names the ``unknown`` attributes."""
    value = struct.pack("!HBB", 0, code // 100, code % 100) + _REASONS[code].encode()
    body = written(ERROR_CODE, value)
    if unknown:
        body += written(UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(unknown)}H", *unknown))
    return sealed(BINDING_ERROR, transaction, body, password, MAGIC)


def read_success(datagram: bytes, password: bytes) -> tuple[bytes, str, int]:
    """Return (transaction, host, port) of a success answer. Raises StunMalformed, StunForged."""
    if message_type(datagram) != BINDING_SUCCESS:
        raise StunMalformed("not a success")
    found = _covered(datagram, password)
    if XOR_MAPPED_ADDRESS not in found:
        raise StunMalformed("no address")
    transaction = transaction_id(datagram)
    return transaction, *unxored(found[XOR_MAPPED_ADDRESS], transaction)


def read_error(datagram: bytes, password: bytes) -> tuple[bytes, int]:
    """Return (transaction, code) of an error answer. Raises StunMalformed, StunForged."""
    if message_type(datagram) != BINDING_ERROR:
        raise StunMalformed("not an error")
    value = _covered(datagram, password).get(ERROR_CODE, b"")
    if len(value) < 4:
        raise StunMalformed("no error code")
    return transaction_id(datagram), (value[2] & 7) * 100 + value[3]
