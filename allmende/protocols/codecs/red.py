"""Redundant audio data. RFC 2198, 3."""

from typing import Final

MAX_BLOCKS: Final = 32


class RedMalformed(Exception):
    """A block reaches past the end, or there are too many."""


def primary_start(packet: bytes, start: int, end: int) -> int:
    """Return where the primary block of the RED payload ``packet[start:end]`` begins.

    It reaches to ``end``. Raises RedMalformed.
    """
    at, redundant_bytes = start, 0
    for _ in range(MAX_BLOCKS):
        if at >= end:
            raise RedMalformed("no primary block")
        if packet[at] < 0x80:  # the last header has one byte
            primary = at + 1 + redundant_bytes
            if primary > end:
                raise RedMalformed("blocks past the end")
            return primary
        if at + 4 > end:
            raise RedMalformed("block header past the end")
        redundant_bytes += (packet[at + 2] & 0x03) << 8 | packet[at + 3]
        at += 4
    raise RedMalformed(f"more than {MAX_BLOCKS} blocks")
