"""SRTP to many in C (`_srtp.c`): for legs with AES-128-GCM (RFC 7714).

Where this protects the RTP of a leg, nothing else may: a number is used once (spec meet, 4).
"""

import ctypes
import socket
import struct
import weakref
from collections.abc import Sequence
from ctypes import c_double, c_int64, c_uint32, c_void_p
from typing import Final

from allmende.media.fanout.addresses import Remote
from allmende.media.fanout.library import Route

KEY_BYTES: Final = 16
SALT_BYTES: Final = 12
_MAX_PACKET_BYTES: Final = 1356 + 16
pack_incoming: Final = struct.Struct("@qqd7I3i5I0q").pack
"""Fills in struct incoming, in the order of its fields."""


class Lane(ctypes.Structure):
    """struct lane: what Python sets to let C forward packets that follow each other."""

    _fields_ = (
        ("next", c_int64),
        ("offset", c_int64),
        ("picture", c_int64),
        ("picture_offset", c_int64),
        ("level_zero", c_int64),
        ("level_zero_shift", c_int64),
        ("temporal", c_int64),
        ("layer", c_int64),
        ("taken", c_int64),
        ("packets", c_int64),
        ("octets", c_int64),
        ("dropped", c_int64),
        ("timestamp", c_int64),
        ("arrived_s", c_double),
        ("shift", c_uint32),
        ("following", c_uint32),
    )

    next: int
    offset: int
    picture: int
    picture_offset: int
    level_zero: int
    level_zero_shift: int
    temporal: int
    layer: int
    taken: int
    packets: int
    octets: int
    dropped: int
    timestamp: int
    arrived_s: float
    shift: int
    following: int


class Queue:
    """What waits to leave by one socket, at most 64 packets; a turn ends with `flush`."""

    def __init__(self, library: ctypes.CDLL, bound: socket.socket) -> None:
        self.at = library.fanout_queue_new(bound.fileno())
        if not self.at:
            raise MemoryError
        weakref.finalize(self, library.fanout_queue_free, self.at)
        self.family = bound.family
        self._flush = library.fanout_queue_flush
        self._dropped = library.fanout_queue_dropped

    @property
    def dropped(self) -> int:
        """Packets that the kernel did not take."""
        dropped: int = self._dropped(self.at)
        return dropped

    def flush(self) -> int:
        """Send what waits; return how many packets went out since the last time."""
        sent: int = self._flush(self.at)
        return sent


class SrtpFanout:
    """Makes what protects for legs, and keeps what they may ask for again."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.store = library.fanout_store_new()
        if not self.store:
            raise MemoryError
        weakref.finalize(self, library.fanout_store_free, self.store)

    def queue(self, bound: socket.socket) -> Queue:
        """Make the queue of a socket, which must outlive it."""
        return Queue(self.library, bound)

    def leg(self, key: bytes, salt: bytes) -> "SrtpLeg":
        """Make the outgoing half of a leg from the key and the salt of its session."""
        return SrtpLeg(self, key, salt)

    def second_passed(self) -> int:
        """Forget what nobody asks for any more, once a second; return how much is held."""
        held: int = self.library.fanout_store_second(self.store)
        return held


class SrtpLeg:
    """All RTP to one leg."""

    def __init__(self, fanout: SrtpFanout, key: bytes, salt: bytes) -> None:
        if len(key) != KEY_BYTES or len(salt) != SALT_BYTES:
            raise ValueError("not a key of 16 and a salt of 12 bytes")
        self.fanout = fanout
        self.at = fanout.library.fanout_srtp_new(key, salt, fanout.store)
        if not self.at:
            raise MemoryError
        weakref.finalize(self, fanout.library.fanout_srtp_free, self.at)
        self._queue: Queue | None = None
        self._set_route = fanout.library.fanout_srtp_route

    def leave_by(self, queue: Queue | None, remote: Remote = ("", 0), local: bytes = b"") -> None:
        """Send by ``queue`` from now on; None: streams hand out what they protect."""
        self._queue = queue
        if queue is None:
            self._set_route(self.at, None, None)
            return
        route = Route()
        route.aim(queue.family, remote, local)
        self._set_route(self.at, queue.at, ctypes.byref(route))


class Stream:
    """One outgoing SSRC of a leg."""

    def __init__(
        self, leg: SrtpLeg, header: bytes, level_at: int, number_at: int, types: bytes, slots: int
    ) -> None:
        """``header``: as it is sent, with zeros for what differs. ``level_at``, ``number_at``: 0

        where it has no level or number. ``types``: payload type by codec. ``slots``: a power of
        two, how many packets are kept.
        """
        library = leg.fanout.library
        self.at = library.fanout_stream_new(
            leg.at, header, len(header), level_at, number_at, types, slots
        )
        if not self.at:
            raise ValueError("not a header, or not a power of two")
        weakref.finalize(self, library.fanout_stream_free, self.at)
        self.leg = leg
        self.lane = Lane.from_address(library.fanout_stream_lane(self.at))
        self._emit = library.fanout_stream_emit
        self._repeat = library.fanout_stream_repeat
        self._second = library.fanout_stream_second
        self._out = ctypes.create_string_buffer(_MAX_PACKET_BYTES)

    def emit(
        self, marked_type: int, index: int, timestamp: int, level: int, payload: bytes
    ) -> bytes | None:
        """Protect a packet once. None: it cannot be sent; b"": it waits in the queue of the leg;

        else the protected packet, for somebody else to send. ``index``: unwrapped number.
        """
        size = self._emit(
            self.at, marked_type, index, timestamp, level, payload, len(payload), self._out
        )
        return ctypes.string_at(self._out, size) if size >= 0 else None

    def repeat(self, number: int) -> bytes | None:
        """Send again what went out with the 16-bit ``number``. Returns as `emit` does."""
        size = self._repeat(self.at, number, self._out)
        return ctypes.string_at(self._out, size) if size >= 0 else None

    def second_passed(self) -> None:
        """Let repeats begin anew. Once a second."""
        self._second(self.at)


class Flock:
    """The streams that one track goes to."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams
        self._count = len(streams)
        self._array = (c_void_p * len(streams))(*(stream.at for stream in streams))
        self._others = (c_uint32 * len(streams))()
        self._forward = streams[0].leg.fanout.library.fanout_forward

    def forward(self, packet: bytes, incoming: bytes) -> list[int]:
        """Send to all that simply follow; return the places of those for which Python decides.

        ``incoming``: what `pack_incoming` made of the packet.
        """
        left = self._forward(self._array, self._count, incoming, packet, self._others)
        return self._others[:left] if left else []
