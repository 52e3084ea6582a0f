"""The integer of variable length of legacy voice packets; not that of protocol buffers.

Leading bits say the size: ``0`` 7 bits, ``10`` 14, ``110`` 21, ``1110`` 28, ``111100`` 32 in the
next four bytes, ``111101`` 64 in the next eight, ``111110`` the complement of the number that
follows, ``111111`` the complement of its own last two bits.
"""

from typing import Final

from allmende.protocols.mumble.errors import MumbleMalformed

_MOST: Final = (1 << 64) - 1
_LEAST: Final = -(1 << 32)
_SMALL: Final = tuple(bytes((value,)) for value in range(0x80))


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Read a number; return it and where what follows begins."""
    try:
        first = data[position]
        if first < 0x80:
            return first, position + 1
        # These two are in nearly all packets: the number of a frame, and a size.
        if first < 0xC0:
            return (first & 0x3F) << 8 | data[position + 1], position + 2
        if first < 0xE0:
            high = (first & 0x1F) << 16 | data[position + 1] << 8
            return high | data[position + 2], position + 3
    except IndexError:
        raise MumbleMalformed("cut off") from None
    if first >= 0xFC:
        return ~(first & 3), position + 1
    if first >= 0xF8:
        value, position = _plain(data, position + 1)
        return ~value, position
    return _plain(data, position)


def _plain(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data):
        raise MumbleMalformed("cut off")
    first = data[position]
    if first >= 0xF8:
        raise MumbleMalformed("a complement of a complement")
    if first >= 0xF0:
        more, bits = (8 if first & 4 else 4), 0
    else:
        more = 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1 if first >= 0x80 else 0
        bits = first & (0x7F >> more)
    end = position + 1 + more
    if end > len(data):
        raise MumbleMalformed("cut off")
    return bits << 8 * more | int.from_bytes(data[position + 1 : end], "big"), end


def write_varint(value: int) -> bytes:
    """Write a number of -2**32 .. 2**64 - 1 in as few bytes as can be."""
    if 0 <= value < 0x80:
        return _SMALL[value]
    if 0x80 <= value < 0x4000:
        return (0x8000 | value).to_bytes(2, "big")
    if not _LEAST <= value <= _MOST:
        raise ValueError("not a number of 64 bits")
    if value < 0:
        rest = ~value
        return bytes((0xFC | rest,)) if rest < 4 else b"\xf8" + write_varint(rest)
    for more, head in ((2, 0xC0), (3, 0xE0)):
        if value < 1 << 7 * (more + 1):
            return (head << 8 * more | value).to_bytes(more + 1, "big")
    if value < 1 << 32:
        return b"\xf0" + value.to_bytes(4, "big")
    return b"\xf4" + value.to_bytes(8, "big")
