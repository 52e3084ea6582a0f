"""The header of an outgoing stream, prepared once so that only numbers are filled in."""

import struct
from collections.abc import Callable, Mapping
from typing import Final

from allmende.protocols.rtp.extensions import LEVEL, MID, ONE_BYTE, TRANSPORT_NUMBER, TWO_BYTE

_BARE: Final = struct.Struct("!BBHII")


class HeaderTemplate:
    """Headers of one outgoing stream.

    The extension block holds mid, audio level and transport-wide number, those of them that
    have an id. Where mid or level has none, its place is padding, which RFC 8285 allows anywhere;
    the number has no place then. An id above 14 or a mid above 16 bytes makes the two-byte form.
    """

    __slots__ = ("_bare", "_head", "_level_mask", "_middle", "_pack", "_tail", "has_number", "ssrc")

    def __init__(self, ssrc: int, mid: str, ids: Mapping[int, int]) -> None:
        """``mid``: at most 255 bytes in UTF-8.

        ``ids``: place (MID, LEVEL, TRANSPORT_NUMBER) to negotiated id, 1..255.
        """
        self.ssrc = ssrc
        self.has_number = TRANSPORT_NUMBER in ids
        self._level_mask = 0xFF if LEVEL in ids else 0
        self._bare = not ids
        named = mid.encode() if MID in ids else b""
        short = max(ids.values(), default=1) < 15 and (MID not in ids or 1 <= len(named) <= 16)
        element = _short_head if short else _long_head
        head = element(ids.get(MID, 0), len(named)) + named + element(ids.get(LEVEL, 0), 1)
        self._middle = element(ids[TRANSPORT_NUMBER], 2) if self.has_number else b""
        size = len(head) + 1 + (len(self._middle) + 2 if self.has_number else 0)
        self._tail = bytes(-size % 4)
        words = (size + len(self._tail)) // 4
        self._head = struct.pack("!HH", ONE_BYTE if short else TWO_BYTE, words) + head
        number = f"{len(self._middle)}sH" if self.has_number else ""
        form = f"!BBHII{len(self._head)}sB{number}{len(self._tail)}s"
        self._pack: Callable[..., bytes] = struct.Struct(form).pack

    @property
    def places(self) -> tuple[int, int]:
        """Where the level and the transport-wide number stand in a header, 0 without an id."""
        if self._bare:
            return 0, 0
        level = _BARE.size + len(self._head)
        number = level + 1 + len(self._middle)
        return level if self._level_mask else 0, number if self.has_number else 0

    def write(
        self, marked_type: int, sequence: int, timestamp: int, level: int, number: int
    ) -> bytes:
        """Return one header. ``marked_type``: payload type, plus MARKER where it is set.

        ``level`` is the byte of RFC 6464, 3; ``number`` the transport-wide one, 0 without id.
        """
        if self._bare:
            return _BARE.pack(0x80, marked_type, sequence, timestamp, self.ssrc)
        level &= self._level_mask
        if not self.has_number:
            return self._pack(
                0x90, marked_type, sequence, timestamp, self.ssrc, self._head, level, self._tail
            )
        return self._pack(
            0x90, marked_type, sequence, timestamp, self.ssrc,
            self._head, level, self._middle, number, self._tail,
        )  # fmt: skip


def _short_head(number: int, length: int) -> bytes:
    return bytes((number << 4 | length - 1,)) if number else b"\0"


def _long_head(number: int, length: int) -> bytes:
    return bytes((number, length)) if number else b"\0\0"
