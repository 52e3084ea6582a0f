"""The payload descriptor of VP8. RFC 7741, 4.2 and 4.3."""

import struct
from typing import Final

_FULL: Final = struct.Struct("!BBHBB")
_FULL_BYTES: Final = 6


class Vp8Malformed(Exception):
    """The descriptor reaches past the end, or nothing follows it."""


class Descriptor:
    """The parsed descriptor of one packet; one object is read into again and again.

    ``picture`` and ``level_zero`` (TL0PICIDX) are -1 and ``temporal`` is 0 where the packet
    does not say them. ``picture_bits``: 7, 15 or 0. ``synced``: frames of this temporal layer
    may begin here. ``key``: the first packet of a key frame. ``end``: where the frame begins.
    """

    __slots__ = (
        "end",
        "key",
        "level_zero",
        "level_zero_at",
        "picture",
        "picture_bits",
        "synced",
        "temporal",
    )

    def __init__(self) -> None:
        self.end = self.temporal = self.picture_bits = 0
        self.picture = self.level_zero = -1
        self.level_zero_at = 0
        self.synced = self.key = False

    def read(self, packet: bytes, start: int, end: int) -> None:
        """Take the values of the payload ``packet[start:end]``. Raises Vp8Malformed."""
        if start >= end:
            raise Vp8Malformed("empty")
        first = packet[start]
        self.picture = self.level_zero = -1
        self.picture_bits = self.temporal = 0
        self.synced = False
        at = start + 1
        if first & 0x80:
            at = self._read_extended(packet, start, end)
        if at >= end:
            raise Vp8Malformed("no frame")
        self.end = at
        # Start of partition 0, whose first bit is 0 in key frames (RFC 7741, 4.3).
        self.key = first & 0x17 == 0x10 and packet[at] & 0x01 == 0

    def _read_extended(self, packet: bytes, start: int, end: int) -> int:
        if end - start < 2:
            raise Vp8Malformed("short extension")
        flags = packet[start + 1]
        at = start + 2
        if flags & 0x80:
            if at + 1 < end and packet[at] & 0x80:
                self.picture, self.picture_bits = (packet[at] & 0x7F) << 8 | packet[at + 1], 15
                at += 2
            else:
                at = self._read_short_picture(packet, at, end)
        if flags & 0x40:
            if at >= end:
                raise Vp8Malformed("no TL0PICIDX")
            self.level_zero = packet[at]
            self.level_zero_at = at - start
            at += 1
        if flags & 0x30:
            if at >= end:
                raise Vp8Malformed("no TID")
            if flags & 0x20:
                self.temporal = packet[at] >> 6
                self.synced = packet[at] & 0x20 != 0
            at += 1
        return at

    def _read_short_picture(self, packet: bytes, at: int, end: int) -> int:
        if at >= end:
            raise Vp8Malformed("no PictureID")
        if packet[at] & 0x80:
            raise Vp8Malformed("half a PictureID")
        self.picture, self.picture_bits = packet[at], 7
        return at + 1


def rewrite(descriptor: bytes, read: Descriptor, picture: int, level_zero: int) -> bytes:
    """Return ``descriptor`` with other numbers, each modulo the width that it has there.

    ``read`` was read from it. What is not in the descriptor is not added.
    """
    if len(descriptor) == _FULL_BYTES and read.level_zero >= 0 and read.picture_bits == 15:
        return _FULL.pack(
            descriptor[0], descriptor[1], 0x8000 | picture & 0x7FFF, level_zero & 0xFF,
            descriptor[5],
        )  # fmt: skip
    out = bytearray(descriptor)
    if read.picture_bits == 15:
        out[2:4] = (0x8000 | picture & 0x7FFF).to_bytes(2, "big")
    elif read.picture_bits == 7:
        out[2] = picture & 0x7F
    if read.level_zero >= 0:
        out[read.level_zero_at] = level_zero & 0xFF
    return bytes(out)
