"""Voice packets and pings, as they are inside a datagram or a UDPTunnel frame; two forms.

Legacy: first byte = kind << 5 | target, then varints. Protobuf (Mumble 1.5): first byte 0 for
sound or 1 for a ping, then a message of MumbleUDP.proto. From a client ``target`` is who shall
hear it; to a client it is the context: 0 talk, 1 shout, 2 whisper, 3 listener. Codecs other than
Opus are refused, positions of a game are dropped.
"""

from dataclasses import dataclass
from typing import Final

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.opus import opus_duration_10ms
from allmende.protocols.mumble.protobuf import (
    DELIMITED,
    UINT32,
    UINT64,
    VARINT,
    delimited,
    fields_of,
    tag,
)
from allmende.protocols.mumble.varint import read_varint, write_varint

__all__ = [
    "LOOPBACK",
    "MAX_OPUS_BYTES",
    "MIN_OPUS_BYTES",
    "VoicePacket",
    "VoicePing",
    "legacy",
    "legacy_ping",
    "opus_duration_10ms",
    "parse_legacy",
    "parse_protobuf",
    "protobuf",
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
_POSITION_BYTES: Final = 12
_MAX_SESSION: Final = (1 << 32) - 1
_MAX_FIELDS: Final = 16

_PROTOBUF_AUDIO: Final = 0
_PROTOBUF_PING: Final = 1
_TARGET, _CONTEXT, _SESSION, _FRAME, _OPUS, _LAST = 1, 2, 3, 4, 5, 16
_TAG_TARGET: Final = tag(_TARGET, VARINT)
_TAG_CONTEXT: Final = tag(_CONTEXT, VARINT)
_TAG_SESSION: Final = tag(_SESSION, VARINT)
_TAG_FRAME: Final = tag(_FRAME, VARINT)
_TAG_OPUS: Final = tag(_OPUS, DELIMITED)
_IS_LAST: Final = tag(_LAST, VARINT) + b"\x01"


@dataclass(frozen=True, slots=True)
class VoicePacket:
    """A piece of sound. ``session`` is 0 on its way from a client; ``last``: the spurt ends."""

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
        return VoicePing(timestamp=_natural(data, 1)[0])
    if kind != _LEGACY_OPUS:
        raise MumbleMalformed("not Opus")
    session, position = (0, 1) if from_client else _natural(data, 1)
    if session > _MAX_SESSION:
        raise MumbleMalformed("not a session")
    frame, position = _natural(data, position)
    size, position = _natural(data, position)
    end = position + (size & ~_LEGACY_LAST)
    if size >= _LEGACY_LAST << 1 or len(data) not in (end, end + _POSITION_BYTES):
        raise MumbleMalformed("not as long as it says")
    opus = data[position:end]
    if len(opus) > MAX_OPUS_BYTES:
        raise MumbleMalformed("too much sound")
    return VoicePacket(session, frame, opus, bool(size & _LEGACY_LAST), target)


def _natural(data: bytes, position: int) -> tuple[int, int]:
    value, position = read_varint(data, position)
    if value < 0:
        raise MumbleMalformed("a number below zero")
    return value, position


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
    numbers: dict[int, int] = {}
    opus = b""
    for count, (number, wire, value) in enumerate(fields_of(data[1:])):
        if count >= _MAX_FIELDS:
            raise MumbleMalformed("too many fields")
        if wire == VARINT:
            numbers[number] = value
        elif number == _OPUS and wire == DELIMITED:
            opus = value
    return numbers, opus


def legacy(packet: VoicePacket, from_client: bool = False) -> bytes:
    """Write a packet in legacy form, to a client unless said otherwise."""
    size = len(packet.opus) | (_LEGACY_LAST if packet.last else 0)
    return b"".join(
        (
            bytes((_LEGACY_OPUS << 5 | packet.target,)),
            b"" if from_client else write_varint(packet.session),
            write_varint(packet.frame),
            write_varint(size),
            packet.opus,
        )
    )


def protobuf(packet: VoicePacket, from_client: bool = False) -> bytes:
    """Write a packet in protobuf form, to a client unless said otherwise."""
    parts = [b"\x00", _TAG_TARGET if from_client else _TAG_CONTEXT, UINT32.write(packet.target)]
    if not from_client:
        parts += (_TAG_SESSION, UINT32.write(packet.session))
    if packet.frame:
        parts += (_TAG_FRAME, UINT64.write(packet.frame))
    if packet.opus:
        parts += (_TAG_OPUS, delimited(packet.opus))
    if packet.last:
        parts.append(_IS_LAST)
    return b"".join(parts)


def legacy_ping(ping: VoicePing) -> bytes:
    """Write a ping in legacy form; question and answer look the same."""
    return bytes((_LEGACY_PING << 5,)) + write_varint(ping.timestamp)


def protobuf_ping(ping: VoicePing) -> bytes:
    """Write the answer to a ping in protobuf form (for a question, ``extended`` is kept)."""
    wants = tag(2, VARINT) + b"\x01" if ping.extended else b""
    return b"\x01" + tag(1, VARINT) + UINT64.write(ping.timestamp) + wants
