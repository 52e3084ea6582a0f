"""Voice packets and pings, as they are inside a datagram or a UDPTunnel frame; two forms.

Legacy: first byte = kind << 5 | target, then varints. Protobuf (Mumble 1.5): first byte 0 for
sound or 1 for a ping, then a message of MumbleUDP.proto. From a client ``target`` is who shall
hear it; to a client it is the context: 0 talk, 1 shout, 2 whisper, 3 listener. Codecs other than
Opus are refused, positions of a game are dropped.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.opus import opus_duration_10ms
from allmende.protocols.mumble.protobuf import (
    DELIMITED,
    FIXED32,
    FIXED64,
    UINT64,
    VARINT,
    delimited,
    tag,
)
from allmende.protocols.mumble.protobuf import read_varint as read_protobuf_varint
from allmende.protocols.mumble.protobuf import write_varint as write_protobuf_varint
from allmende.protocols.mumble.varint import read_varint, write_varint

__all__ = [
    "LOOPBACK",
    "MAX_OPUS_BYTES",
    "MIN_OPUS_BYTES",
    "VoicePacket",
    "VoicePing",
    "legacy",
    "legacy_begin",
    "legacy_ping",
    "opus_duration_10ms",
    "parse_legacy",
    "parse_protobuf",
    "protobuf",
    "protobuf_begin",
    "protobuf_ping",
]

MIN_OPUS_BYTES: Final = 3
"""Fewer are silence (DTX), which is not passed on."""

MAX_OPUS_BYTES: Final = 1000
MAX_TARGET: Final = 31
LOOPBACK: Final = 31

_LEGACY_PING: Final = 1
_LEGACY_OPUS: Final = 4
_LEGACY_LAST: Final = 0x2000
_LEGACY_HEADS: Final = tuple(bytes((_LEGACY_OPUS << 5 | target,)) for target in range(32))
_AFTER_SOUND: Final = (0, 12)
"""Bytes: nothing, or a position."""
_MAX_SESSION: Final = (1 << 32) - 1
_MAX_FIELDS: Final = 16

_PROTOBUF_AUDIO: Final = 0
_PROTOBUF_PING: Final = 1
_TARGET, _CONTEXT, _SESSION, _FRAME, _OPUS, _LAST = 1, 2, 3, 4, 5, 16
_TO_SERVER: Final = tuple(
    b"\0" + tag(_TARGET, VARINT) + bytes((target,)) for target in range(MAX_TARGET + 1)
)
_TO_CLIENT: Final = tuple(
    b"\0" + tag(_CONTEXT, VARINT) + bytes((context,)) + tag(_SESSION, VARINT)
    for context in range(MAX_TARGET + 1)
)
_TAG_FRAME: Final = tag(_FRAME, VARINT)
_TAG_OPUS: Final = tag(_OPUS, DELIMITED)
_OPUS_HEAD: Final = _OPUS << 3 | DELIMITED
_FIELD_NUMBERS: Final = 1 << 29
_FIXED_BYTES: Final = {FIXED32: 4, FIXED64: 8}
_MAX_BYTES: Final = 1 << 20
"""More than there is: of a group, or of an unknown wire type."""
_IS_LAST: Final = tag(_LAST, VARINT) + b"\x01"


class VoicePacket(NamedTuple):
    """A piece of sound. ``session`` is 0 on its way from a client; ``last``: the spurt ends.

    A tuple, for one is made of each packet.
    """

    session: int
    frame: int
    opus: bytes
    last: bool = False
    target: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePing:
    """Says that datagrams pass. ``timestamp`` is the client's own and comes back as it was.

    ``extended``: the client wants to know version and counts, too (protobuf form only).
    """

    timestamp: int
    extended: bool = False


def parse_legacy(data: bytes, from_client: bool = True) -> VoicePacket | VoicePing:
    """Return what a legacy packet holds. Raises MumbleMalformed."""
    if not data:
        raise MumbleMalformed("empty")
    kind, target = data[0] >> 5, data[0] & 0x1F
    if kind == _LEGACY_PING:
        timestamp = read_varint(data, 1)[0]
        if timestamp < 0:
            raise MumbleMalformed("a number below zero")
        return VoicePing(timestamp=timestamp)
    if kind != _LEGACY_OPUS:
        raise MumbleMalformed("not Opus")
    session, position = (0, 1) if from_client else read_varint(data, 1)
    frame, position = read_varint(data, position)
    size, position = read_varint(data, position)
    if frame < 0 or not 0 <= session <= _MAX_SESSION:
        raise MumbleMalformed("a number below zero, or not a session")
    sound_bytes = size & ~_LEGACY_LAST
    end = position + sound_bytes
    if not 0 <= size < _LEGACY_LAST << 1 or len(data) - end not in _AFTER_SOUND:
        raise MumbleMalformed("not as long as it says")
    if sound_bytes > MAX_OPUS_BYTES:
        raise MumbleMalformed("too much sound")
    return VoicePacket(session, frame, data[position:end], size >= _LEGACY_LAST, target)


def parse_protobuf(data: bytes, from_client: bool = True) -> VoicePacket | VoicePing:
    """Return what a packet in protobuf form holds. Raises MumbleMalformed."""
    if not data or data[0] not in (_PROTOBUF_AUDIO, _PROTOBUF_PING):
        raise MumbleMalformed("neither sound nor ping")
    numbers, opus = _read_fields(data)
    if data[0] == _PROTOBUF_PING:
        return VoicePing(timestamp=numbers.get(1, 0), extended=bool(numbers.get(2, 0)))
    target = numbers.get(_TARGET if from_client else _CONTEXT, 0)
    session = 0 if from_client else numbers.get(_SESSION, 0)
    if target > MAX_TARGET or session > _MAX_SESSION:
        raise MumbleMalformed("not a target, or not a session")
    if len(opus) > MAX_OPUS_BYTES:
        raise MumbleMalformed("too much sound")
    return VoicePacket(session, numbers.get(_FRAME, 0), opus, bool(numbers.get(_LAST, 0)), target)


def _read_fields(data: bytes) -> tuple[dict[int, int], bytes]:
    """Return the numbers by their field, and the sound. As `fields_of` reads, but at once."""
    numbers: dict[int, int] = {}
    opus = b""
    position, end, left = 1, len(data), _MAX_FIELDS
    while position < end:
        left -= 1
        head, position = read_protobuf_varint(data, position)
        wire = head & 7
        if wire == VARINT:
            numbers[head >> 3], position = read_protobuf_varint(data, position)
        elif wire == DELIMITED:
            size, position = read_protobuf_varint(data, position)
            if head == _OPUS_HEAD:
                opus = data[position : position + size]
            position += size
        else:
            position += _FIXED_BYTES.get(wire, _MAX_BYTES)
        if position > end:
            raise MumbleMalformed("cut off")
        if left < 0 or not 0 < head >> 3 < _FIELD_NUMBERS:
            raise MumbleMalformed("too many fields, or one that is none")
    return numbers, opus


def legacy(packet: VoicePacket, from_client: bool = False) -> bytes:
    """Write a packet in legacy form, to a client unless said otherwise."""
    session, frame, opus, last, target = packet
    head = _LEGACY_HEADS[target] if from_client else legacy_begin(session, target)
    size = len(opus) | (_LEGACY_LAST if last else 0)
    return head + write_varint(frame) + write_varint(size) + opus


def protobuf(packet: VoicePacket, from_client: bool = False) -> bytes:
    """Write a packet in protobuf form, to a client unless said otherwise."""
    session, frame, opus, last, target = packet
    whole = _TO_SERVER[target] if from_client else protobuf_begin(session, target)
    if frame:
        whole += _TAG_FRAME + write_protobuf_varint(frame)
    if opus:
        whole += _TAG_OPUS + delimited(opus)
    return whole + _IS_LAST if last else whole


def legacy_begin(session: int, context: int) -> bytes:
    """Return how a legacy packet to a client begins, up to its frame."""
    return _LEGACY_HEADS[context] + write_varint(session)


def protobuf_begin(session: int, context: int) -> bytes:
    """Return how a protobuf packet to a client begins, up to its frame."""
    return _TO_CLIENT[context] + write_protobuf_varint(session)


def legacy_ping(ping: VoicePing) -> bytes:
    """Write a ping in legacy form; question and answer look the same."""
    return bytes((_LEGACY_PING << 5,)) + write_varint(ping.timestamp)


def protobuf_ping(ping: VoicePing) -> bytes:
    """Write the answer to a ping in protobuf form (for a question, ``extended`` is kept)."""
    wants = tag(2, VARINT) + b"\x01" if ping.extended else b""
    return b"\x01" + tag(1, VARINT) + UINT64.write(ping.timestamp) + wants
