"""What is counted of a talker's sound: by Python, and by C where a packet simply follows."""

import ctypes
from ctypes import c_double, c_int64, c_uint8, c_uint32, c_uint64, c_void_p
from typing import Final

from allmende.media.fanout.interface import FORMS

MAX_GROUPS: Final = 4
PIECES: Final = 20
SEEN: Final = 128
HEAD_BYTES: Final = 8
_HALF: Final = 64
_LOW: Final = (1 << _HALF) - 1
_ALL: Final = (1 << SEEN) - 1


class Run(ctypes.Structure):
    """struct run of `_express.c`: all state that a packet of a spurt changes, at one place.

    ``opened``: the count of changes at which C was let take packets; at another count, and at 0,
    Python takes all of them. ``next_frame``: where the next packet is expected. ``packets``,
    ``good_s``: datagrams that were opened, and when the newest came; ``heard_s``: the newest of
    the spurt. ``allowed``, ``spent``, ``turn``, ``pieces``: of a `Budget`.
    """

    _fields_ = (
        ("crypt", c_void_p),
        ("groups", c_void_p * MAX_GROUPS),
        ("opened", c_int64),
        ("next_frame", c_int64),
        ("packets", c_int64),
        ("seen_low", c_uint64),
        ("seen_high", c_uint64),
        ("heard_s", c_double),
        ("good_s", c_double),
        ("allowed", c_int64),
        ("spent", c_int64),
        ("turn", c_int64),
        ("pieces", c_int64 * PIECES),
        ("address", c_uint8 * 28),
        ("heads", c_uint8 * HEAD_BYTES * FORMS),
        ("head_bytes", c_uint32 * FORMS),
    )

    crypt: int | None
    groups: ctypes.Array[c_void_p]
    opened: int
    next_frame: int
    packets: int
    seen_low: int
    seen_high: int
    heard_s: float
    good_s: float
    allowed: int
    spent: int
    turn: int
    pieces: ctypes.Array[c_int64]
    address: ctypes.Array[c_uint8]
    heads: "ctypes.Array[ctypes.Array[c_uint8]]"
    head_bytes: ctypes.Array[c_uint32]

    def begin(self, frame: int, duration: int) -> None:
        """Count from this packet on: nothing before it belongs to the spurt."""
        self.next_frame = frame + duration
        self.seen_low = self.seen_high = _LOW

    def follow(self, frame: int, duration: int) -> bool:
        """Account for a packet of the spurt; False: it came before, or is too old to tell."""
        ahead = frame + duration - self.next_frame
        seen = self.seen_high << _HALF | self.seen_low
        if ahead > 0:
            self.next_frame += ahead
            seen = (seen << min(ahead, SEEN) | 1) & _ALL
        elif ahead <= -SEEN or seen >> -ahead & 1:
            return False
        else:
            seen |= 1 << -ahead
        self.seen_high, self.seen_low = seen >> _HALF, seen & _LOW
        return True
