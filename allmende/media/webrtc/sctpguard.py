"""Looks at SCTP packets before the library does (RFC 9260, 3): hostile ones end there.

Measured against aiortc 1.16.0: a parameter of length 0 is an endless loop, one gap list of a
SACK can cost seconds, TSNs far ahead and new streams cost memory without a bound.
"""

import struct
from collections.abc import Iterator
from typing import Final

MAX_GAP_SPAN: Final = 4096
MAX_TSN_AHEAD: Final = 512
MAX_STREAMS: Final = 256
MAX_INITS: Final = 8
MAX_STRIKES: Final = 16
MAX_PACKETS_PER_S: Final = 1500

_COMMON: Final = struct.Struct("!HHL")  # ports, verification tag; the checksum follows
_CHUNK: Final = struct.Struct("!BBH")
_HEADER_BYTES: Final = 12
_DATA, _INIT, _INIT_ACK, _SACK, _FORWARD_TSN = 0, 1, 2, 3, 192
# Type of chunk -> where its parameters begin.
_PARAMETERS: Final = {_INIT: 16, _INIT_ACK: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
_SHORTEST: Final = {_DATA: 13, _INIT: 16, _INIT_ACK: 16, _SACK: 12, 7: 4, _FORWARD_TSN: 4}


class SctpHostile(Exception):
    """The association must end; media stays."""


class SctpGuard:
    """One per association."""

    def __init__(self) -> None:
        self._streams: set[int] = set()
        self._inits = self._strikes = 0
        self._packets = 0
        self._since_s = 0.0

    def admits(self, packet: bytes, tag: int, received_tsn: int | None, now_s: float) -> bool:
        """May the library see this packet? Raises SctpHostile.

        ``tag`` is ours, ``received_tsn`` the highest TSN without a hole before it. What is
        dropped is lost for SCTP, which repeats it.
        """
        if not self._in_time(now_s):
            return False
        if len(packet) < _HEADER_BYTES + _CHUNK.size:
            return self._strike()
        kinds = [self._require_harmless(kind, body, received_tsn) for kind, body in _chunks(packet)]
        if not all(kind >= 0 for kind in kinds):
            return False
        shown = _COMMON.unpack_from(packet)[2]
        if _INIT in kinds:
            self._inits += 1
            if self._inits > MAX_INITS or len(kinds) > 1:
                raise SctpHostile("INIT")
            return shown == 0 or self._strike()
        return shown == tag or self._strike()

    def _in_time(self, now_s: float) -> bool:
        if now_s - self._since_s >= 1:
            self._since_s, self._packets = now_s, 0
        self._packets += 1
        return self._packets <= MAX_PACKETS_PER_S

    def _strike(self) -> bool:
        self._strikes += 1
        if self._strikes > MAX_STRIKES:
            raise SctpHostile("strikes")
        return False

    def _require_harmless(self, kind: int, body: bytes, received_tsn: int | None) -> int:
        """Return ``kind``, or -1 for a chunk that is too far ahead to be kept."""
        if len(body) < _SHORTEST.get(kind, 0):
            raise SctpHostile("short chunk")
        if kind in _PARAMETERS:
            _require_parameters(body[_PARAMETERS[kind] :])
        elif kind == _SACK:
            _require_gaps(body)
        elif kind == _DATA:
            tsn, stream = struct.unpack_from("!LH", body)
            self._use_stream(stream)
            if received_tsn is not None and _distance(received_tsn, tsn) > MAX_TSN_AHEAD:
                return -1
        elif kind == _FORWARD_TSN:
            for offset in range(4, len(body) - 3, 4):
                self._use_stream(struct.unpack_from("!H", body, offset)[0])
        return kind

    def _use_stream(self, stream: int) -> None:
        self._streams.add(stream)
        if len(self._streams) > MAX_STREAMS:
            raise SctpHostile("streams")


def _distance(older: int, newer: int) -> int:
    """Return how far ``newer`` is ahead; 0 if it is not (RFC 1982)."""
    ahead = (newer - older) % 2**32
    return ahead if ahead < 2**31 else 0


def _chunks(packet: bytes) -> Iterator[tuple[int, bytes]]:
    offset = _HEADER_BYTES
    while offset + _CHUNK.size <= len(packet):
        kind, _, length = _CHUNK.unpack_from(packet, offset)
        if length < _CHUNK.size or offset + length > len(packet):
            raise SctpHostile("length of a chunk")
        yield kind, packet[offset + _CHUNK.size : offset + length]
        offset += length + -length % 4


def _require_parameters(body: bytes) -> None:
    offset = 0
    while offset + 4 <= len(body):
        length = int.from_bytes(body[offset + 2 : offset + 4], "big")
        if length < 4:
            raise SctpHostile("length of a parameter")
        offset += length + -length % 4


def _require_gaps(body: bytes) -> None:
    gaps, duplicates = struct.unpack_from("!HH", body, 8)
    if len(body) < 12 + 4 * (gaps + duplicates):
        raise SctpHostile("gap list")
    span = 0
    for offset in range(12, 12 + 4 * gaps, 4):
        start, end = struct.unpack_from("!HH", body, offset)
        span += end - start + 1
        if end < start or span > MAX_GAP_SPAN:
            raise SctpHostile("gap list")
