"""Feedback: packets lost, pictures lost, full pictures wanted. RFC 4585, 6; RFC 5104, 4.3.1."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from allmende.protocols.rtcp import packet
from allmende.protocols.rtcp.packet import RtcpMalformed

NACK_FORMAT: Final = 1
TRANSPORT_WIDE_FORMAT: Final = 15
PLI_FORMAT: Final = 1
FIR_FORMAT: Final = 4

MAX_ENTRIES: Final = 512
"""Numbers of one NACK, requests of one FIR; more are ignored."""
_ENTRY: Final = struct.Struct("!HH")
_SOURCES: Final = struct.Struct("!II")


@dataclass(frozen=True, slots=True)
class Nack:
    """These packets of ``media`` did not come: 16-bit numbers, at most MAX_ENTRIES."""

    sender: int
    media: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PictureLoss:
    """The decoder of ``media`` lost its picture."""

    sender: int
    media: int


@dataclass(frozen=True, slots=True)
class FullIntraRequest:
    """A key frame is wanted of each of these sources."""

    sender: int
    sources: tuple[int, ...]


def parse_nack(body: bytes) -> Nack:
    """Raises RtcpMalformed if the sources are missing. A half entry at the end is ignored."""
    sender, media = _sources(body)
    numbers: list[int] = []
    for at in range(8, len(body) - 3, 4):
        first, mask = _ENTRY.unpack_from(body, at)
        numbers.append(first)
        numbers += [(first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1]
        if len(numbers) >= MAX_ENTRIES:
            break
    return Nack(sender, media, tuple(numbers[:MAX_ENTRIES]))


def parse_picture_loss(body: bytes) -> PictureLoss:
    """Raises RtcpMalformed if the sources are missing."""
    return PictureLoss(*_sources(body))


def parse_full_intra_request(body: bytes) -> FullIntraRequest:
    """Raises RtcpMalformed if the sources are missing."""
    sender, _ = _sources(body)
    ends = range(16, len(body) + 1, 8)[:MAX_ENTRIES]
    return FullIntraRequest(
        sender, tuple(int.from_bytes(body[end - 8 : end - 4], "big") for end in ends)
    )


def _sources(body: bytes) -> tuple[int, int]:
    if len(body) < _SOURCES.size:
        raise RtcpMalformed("short feedback")
    sender, media = _SOURCES.unpack_from(body)
    return sender, media


def write_nack(sender: int, media: int, numbers: Iterable[int]) -> bytes:
    """Return the packet. ``numbers``: 16 bits, in the order of the stream, best without repeats."""
    entries: list[tuple[int, int]] = []
    for number in numbers:
        if entries:
            first, mask = entries[-1]
            ahead = (number - first - 1) & 0xFFFF
            if ahead < 16:
                entries[-1] = (first, mask | 1 << ahead)
                continue
        entries.append((number & 0xFFFF, 0))
    body = _SOURCES.pack(sender, media) + b"".join(_ENTRY.pack(*entry) for entry in entries)
    return packet.write(packet.TRANSPORT_FEEDBACK, NACK_FORMAT, body)


def write_picture_loss(sender: int, media: int) -> bytes:
    """Return the packet."""
    return packet.write(packet.PAYLOAD_FEEDBACK, PLI_FORMAT, _SOURCES.pack(sender, media))


def write_full_intra_request(sender: int, source: int, number: int) -> bytes:
    """Return the packet; ``number`` is counted up with each new request, modulo 256."""
    body = _SOURCES.pack(sender, 0) + struct.pack("!IB3x", source, number & 0xFF)
    return packet.write(packet.PAYLOAD_FEEDBACK, FIR_FORMAT, body)
