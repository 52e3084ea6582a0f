"""The header of an RTP packet. RFC 3550, 5.1 and 5.3.1."""

import struct
from typing import Final

HEADER_BYTES: Final = 12
MARKER: Final = 0x80
_FIXED: Final = struct.Struct("!BBHII")
_EXTENSION: Final = struct.Struct("!HH")


class RtpMalformed(Exception):
    """The packet contradicts itself: too short, wrong version, or a length past its end."""


class Header:
    """The parsed header of one packet; one object is read into again and again.

    ``marker`` is 0 or 0x80. ``timestamp`` counts ticks, 32 bits; ``sequence`` has 16 bits.
    ``profile`` is that of the extension block, 0 without one; its elements are
    ``packet[extensions_start:extensions_end]``. The payload without padding is
    ``packet[payload_start:payload_end]``.
    """

    __slots__ = (
        "extensions_end",
        "extensions_start",
        "marker",
        "payload_end",
        "payload_start",
        "payload_type",
        "profile",
        "sequence",
        "ssrc",
        "timestamp",
    )

    def __init__(self) -> None:
        self.marker = self.payload_type = self.sequence = self.timestamp = self.ssrc = 0
        self.profile = self.extensions_start = self.extensions_end = 0
        self.payload_start = self.payload_end = 0

    def read(self, packet: bytes) -> None:
        """Take the values of ``packet``. Raises RtpMalformed, values are then undefined."""
        size = len(packet)
        if size < HEADER_BYTES:
            raise RtpMalformed(f"{size} bytes")
        first, second, self.sequence, self.timestamp, self.ssrc = _FIXED.unpack_from(packet)
        if first & 0xC0 != 0x80:
            raise RtpMalformed(f"version {first >> 6}")
        self.marker = second & 0x80
        self.payload_type = second & 0x7F
        start = HEADER_BYTES + 4 * (first & 0x0F)
        if first & 0x10:
            if start + 4 > size:
                raise RtpMalformed("extension header past the end")
            self.profile, words = _EXTENSION.unpack_from(packet, start)
            self.extensions_start = start + 4
            self.extensions_end = start = start + 4 + 4 * words
            if start > size:
                raise RtpMalformed("extensions past the end")
        else:
            self.profile = self.extensions_start = self.extensions_end = 0
        if first & 0x20:
            padding = packet[-1]
            size -= padding
            if padding == 0:
                raise RtpMalformed("padding of 0 bytes")
        if start > size:
            raise RtpMalformed(f"payload starts at {start} and ends at {size}")
        self.payload_start = start
        self.payload_end = size


def write_packet(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extensions: bytes = b"",
) -> bytes:
    """Return a packet. ``extensions`` is a whole block as `write_extensions` makes it.

    Numbers are taken modulo their width.
    """
    fixed = _FIXED.pack(
        0x90 if extensions else 0x80,
        (MARKER if marker else 0) | payload_type & 0x7F,
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc & 0xFFFFFFFF,
    )
    return fixed + extensions + payload
