"""Renumbering of a stream from which some packets are left out.

Holes of the source stay holes, for what is missing may still come; what we leave out leaves
no hole. Numbers are unwrapped (see `unwrapping`): they only grow.
"""

from typing import Final

WINDOW: Final = 512
"""How far back a late number may come; below the replay window of SRTP (1024)."""
MAX_HOLE: Final = 1000
"""A longer gap is a new beginning of the source, not a loss."""
MAX_SPANS: Final = 64
NOWHERE: Final = -1


class OffsetMap:
    """Maps numbers of a source so that those left out are closed up.

    A number may be asked for again: frames, which span packets, use this; packets use
    `SequenceMap`.
    """

    __slots__ = ("_spans", "newest", "offset", "start")

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, int]] = []  # [start, end) and its offset
        self.newest = self.start = 0
        self.offset = 0

    def begin(self, number: int, out: int) -> None:
        """From now on ``number`` of a new source is ``out``; nothing of the old is known."""
        self._spans.clear()
        self.start = number
        self.newest = number - 1
        self.offset = out - number

    def place(self, number: int) -> int:
        """Return what ``number`` is called, NOWHERE if it was left out or is too old."""
        if number >= self.start:
            if number > self.newest:
                self.newest = number
            return number + self.offset
        for start, end, offset in reversed(self._spans):
            if number >= start:
                return number + offset if number < end else NOWHERE
        return NOWHERE

    def leave_out(self, number: int) -> None:
        """Close up over ``number``, if it is the newest; a late one has had its place already."""
        if number <= self.newest:
            return
        if number > self.start:
            self._spans.append((self.start, number, self.offset))
            if len(self._spans) > MAX_SPANS:
                del self._spans[: MAX_SPANS // 2]
        self.newest = number
        self.start = number + 1
        self.offset -= 1


class SequenceMap:
    """Gives packets their outgoing numbers, each at most once, in any order of arrival.

    Outgoing numbers are unwrapped too: number & 0xFFFF goes into the header, and no two
    packets get the same one, whatever the source does.
    """

    __slots__ = ("_map", "_used", "highest")

    def __init__(self, first: int) -> None:
        """``first``: the first outgoing number, best below 2^15 (RFC 3711, 3.3.1)."""
        self._map = OffsetMap()
        self._used = 0
        self.highest = first - 1

    def begin(self, number: int) -> None:
        """``number`` of a new source follows directly what was sent so far."""
        self._map.begin(number, self.highest + 1)

    def take(self, number: int) -> int:
        """Return the outgoing number of packet ``number``, NOWHERE if it must not be sent."""
        if number > self._map.newest + MAX_HOLE:
            self.begin(number)
        out = self._map.place(number)
        ahead = out - self.highest
        if ahead > 0:
            self._used = (self._used << ahead | 1) & _MASK
            self.highest = out
            return out
        if out < 0 or ahead <= -WINDOW or self._used >> -ahead & 1:
            return NOWHERE
        self._used |= 1 << -ahead
        return out

    @property
    def next(self) -> int:
        """The number that follows the newest."""
        return self._map.newest + 1

    @property
    def offset(self) -> int:
        """From a number to its outgoing one, if it is the next and those after it."""
        return self._map.offset

    @property
    def in_step(self) -> bool:
        """Whether the next number, if it comes next, simply gets the next outgoing one."""
        return self.highest == self._map.newest + self._map.offset

    def advance(self, count: int) -> None:
        """``count`` numbers were taken one after the other, while `in_step`."""
        self._map.newest += count
        self.highest += count
        ones = (1 << min(count, WINDOW)) - 1
        self._used = (self._used << min(count, WINDOW) | ones) & _MASK

    def leave_out(self, number: int) -> None:
        """Packet ``number`` is not sent on; the numbers close up over it."""
        if number > self._map.newest + MAX_HOLE:
            self.begin(number)
        self._map.leave_out(number)


_MASK: Final = (1 << WINDOW) - 1
