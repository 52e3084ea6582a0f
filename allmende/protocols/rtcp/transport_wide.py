"""Which packets of a transport arrived, and when.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.rtcp import packet
from allmende.protocols.rtcp.feedback import TRANSPORT_WIDE_FORMAT
from allmende.protocols.rtcp.packet import RtcpMalformed

MAX_WRITTEN: Final = 400
"""Statuses of one packet that we write."""
MAX_STATUSES: Final = 512
"""Statuses of one packet that we read; the rest is ignored."""
REFERENCE_TICKS: Final = 256
"""One step of the reference time is 64 ms, one tick of a delta 250 us."""
TICKS_PER_S: Final = 4000

_HEAD: Final = struct.Struct("!IIHHI")
_DELTA_BYTES: Final = (0, 1, 2, 0)  # of each symbol; 3 is reserved
_MISSING: Final = 0
_SMALL: Final = 1
_LARGE: Final = 2
_SYMBOLS_PER_CHUNK: Final = 7


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """Arrivals of the packets ``base``, ``base + 1`` .. (modulo 2^16).

    ``arrivals``: in ticks of 250 us since the start of the sender's clock modulo 2^32, None
    for what did not come. ``count``: number of this feedback, 8 bits.
    """

    sender: int
    media: int
    base: int
    count: int
    arrivals: tuple[int | None, ...]


def parse(body: bytes) -> TransportFeedback:
    """Raises RtcpMalformed if the head is short, or statuses or deltas are missing.

    At most MAX_STATUSES are read, whatever is announced.
    """
    if len(body) < _HEAD.size:
        raise RtcpMalformed("short transport feedback")
    sender, media, base, announced, last = _HEAD.unpack_from(body)
    symbols, at = _read_symbols(body, announced)
    now = (last >> 8) * REFERENCE_TICKS
    arrivals: list[int | None] = []
    for symbol in symbols:
        size = _DELTA_BYTES[symbol]
        if at + size > len(body):
            raise RtcpMalformed("deltas past the end")
        now += int.from_bytes(body[at : at + size], "big", signed=size == 2)
        arrivals.append(now & 0xFFFFFFFF if size else None)
        at += size
    return TransportFeedback(sender, media, base, last & 0xFF, tuple(arrivals))


def _read_symbols(body: bytes, announced: int) -> tuple[list[int], int]:
    """Return the first symbols, at most MAX_STATUSES, and where the deltas begin."""
    symbols: list[int] = []
    at, seen = _HEAD.size, 0
    while seen < announced:
        if at + 2 > len(body):
            raise RtcpMalformed("statuses past the end")
        chunk = body[at] << 8 | body[at + 1]
        at += 2
        if chunk & 0x8000:
            found = list(_vector(chunk))
            seen += len(found)
        else:
            length = chunk & 0x1FFF
            found = [chunk >> 13] * min(length, MAX_STATUSES - len(symbols))
            seen += length
        symbols += found
    return symbols[: min(announced, MAX_STATUSES)], at


def _vector(chunk: int) -> Iterator[int]:
    if chunk & 0x4000:
        return (chunk >> shift & 3 for shift in range(12, -2, -2))
    return (chunk >> shift & 1 for shift in range(13, -1, -1))


def write(
    sender: int, media: int, base: int, count: int, arrivals: Sequence[int | None]
) -> tuple[bytes, int]:
    """Return one packet and how many of the statuses it tells, at least one.

    ``arrivals`` as in `TransportFeedback`, but not modulo. It tells at most MAX_WRITTEN, and
    ends before a gap in time that no delta can say (8 s). If nothing arrived among those that
    it would tell, the packet is b"". In two-bit vectors: for a hundred packets they are about
    as short as the other forms.
    """
    first = next((a for a in arrivals[:MAX_WRITTEN] if a is not None), None)
    if first is None:
        return b"", min(len(arrivals), MAX_WRITTEN)
    reference = now = first - first % REFERENCE_TICKS
    symbols, deltas = [], bytearray()
    for arrival in arrivals[:MAX_WRITTEN]:
        if arrival is None:
            symbols.append(_MISSING)
            continue
        delta = arrival - now
        if not -0x8000 <= delta <= 0x7FFF:
            break
        small = 0 <= delta <= 0xFF
        symbols.append(_SMALL if small else _LARGE)
        deltas += delta.to_bytes(1 if small else 2, "big", signed=not small)
        now = arrival
    last = (reference // REFERENCE_TICKS & 0xFFFFFF) << 8 | count & 0xFF
    head = _HEAD.pack(sender, media, base & 0xFFFF, len(symbols), last)
    body = head + _write_vectors(symbols) + deltas
    body += bytes(-len(body) % 4)
    packet_type = packet.TRANSPORT_FEEDBACK
    return packet.write(packet_type, TRANSPORT_WIDE_FORMAT, body), len(symbols)


def _write_vectors(symbols: Sequence[int]) -> bytes:
    chunks = bytearray()
    for at in range(0, len(symbols), _SYMBOLS_PER_CHUNK):
        chunk = 0b11
        for symbol in symbols[at : at + _SYMBOLS_PER_CHUNK]:
            chunk = chunk << 2 | symbol
        chunk <<= 2 * max(0, at + _SYMBOLS_PER_CHUNK - len(symbols))
        chunks += chunk.to_bytes(2, "big")
    return bytes(chunks)
