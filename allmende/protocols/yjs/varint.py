"""Integers of variable length, and bytes and strings behind their length, as lib0 writes them."""

from typing import Final

MOST: Final = 2**53 - 1
"""The largest integer a browser can count to."""


class Malformed(ValueError):
    """The bytes are not what they should be. Says nothing of what is in them."""


class Reader:
    """Reads from the front of ``data``; raises Malformed instead of reading past its end."""

    __slots__ = ("data", "end", "pos")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pos = 0
        self.end = len(data)

    def byte(self) -> int:
        """Read one byte."""
        pos = self.pos
        if pos >= self.end:
            raise Malformed("cut off")
        self.pos = pos + 1
        return self.data[pos]

    def uint(self) -> int:
        """Read an integer: seven bits a byte, the lowest first, at most 2**53 - 1."""
        data, pos = self.data, self.pos
        value = shift = 0
        try:
            while (byte := data[pos]) >= 0x80:
                value |= (byte & 0x7F) << shift
                shift += 7
                pos += 1
                if shift > 49:
                    break
            value |= data[pos] << shift
        except IndexError:
            raise Malformed("cut off") from None
        if value > MOST:
            raise Malformed("a number above 2**53 - 1")
        self.pos = pos + 1
        return value

    def skip(self, count: int) -> None:
        """Pass over ``count`` bytes."""
        self.pos += count
        if self.pos > self.end:
            raise Malformed("cut off")

    def var_bytes(self) -> bytes:
        """Read bytes behind their length."""
        length = self.uint()
        start = self.pos
        self.skip(length)
        return self.data[start : start + length]

    def var_string(self) -> str:
        """Read UTF-8 behind its length in bytes."""
        raw = self.var_bytes()
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise Malformed("a string that is not UTF-8") from None

    def finish(self) -> None:
        """Refuse what is left over."""
        if self.pos != self.end:
            raise Malformed("more than was announced")


def uint(value: int) -> bytes:
    """Write an integer of 0 .. 2**53 - 1."""
    if not 0 <= value <= MOST:
        raise ValueError("not a number of 0 .. 2**53 - 1")
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def var_bytes(data: bytes) -> bytes:
    """Write bytes behind their length."""
    return uint(len(data)) + data


def var_string(text: str) -> bytes:
    """Write UTF-8 behind its length in bytes."""
    return var_bytes(text.encode())
