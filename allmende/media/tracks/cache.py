"""Protected packets of the last second, to be sent again when a receiver asks."""

from typing import Final

MAX_BYTES: Final = 256 * 1024
WORKER_BYTES: Final = 64 * 1024 * 1024
MAX_REPEATS: Final = 3
REPEAT_SHARE: Final = 0.2
"""Of what was sent in the last second, this much may be sent again."""
REPEAT_FLOOR_BYTES: Final = 8_000


class Allowance:
    """What each cache of a worker may hold, so that all together stay below WORKER_BYTES."""

    __slots__ = ("_caches", "bytes")

    def __init__(self) -> None:
        self._caches = 0
        self.bytes = MAX_BYTES

    def change(self, caches: int) -> None:
        """One more or one less."""
        self._caches += caches
        self.bytes = min(MAX_BYTES, WORKER_BYTES // max(1, self._caches))


class Cache:
    """A ring of the newest packets by outgoing number, in the very bytes that were sent.

    Rule of the nonce (spec meet, 4): nothing is protected again, so what is sent again is
    the same bytes with the same numbers in it.
    """

    __slots__ = (
        "_allowance",
        "_mask",
        "_newest",
        "_oldest",
        "_packets",
        "_repeated_bytes",
        "_repeats",
        "_second_mark",
        "_sent_bytes",
        "_sent_last_second",
        "held_bytes",
    )

    def __init__(self, allowance: Allowance, slots: int) -> None:
        """``slots``: a power of two, how many packets at most."""
        self._allowance = allowance
        self._mask = slots - 1
        self._packets: list[bytes] = [b""] * slots
        self._repeats = bytearray(slots)
        self._oldest = self._newest = self._second_mark = -1
        self.held_bytes = self._sent_bytes = self._sent_last_second = self._repeated_bytes = 0

    def add(self, number: int, protected: bytes) -> None:
        """Keep the packet with unwrapped outgoing ``number``."""
        if number <= self._newest - len(self._packets):
            return  # so late that its place belongs to a newer one
        slot = number & self._mask
        size = len(protected)
        self.held_bytes += size - len(self._packets[slot])
        self._sent_bytes += size
        self._packets[slot] = protected
        self._repeats[slot] = 0
        if number > self._newest:
            if self._oldest < 0:
                self._oldest = number
            self._newest = number
        if self.held_bytes > self._allowance.bytes:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._oldest = max(self._oldest, self._newest - self._mask)
        while self.held_bytes > self._allowance.bytes and self._oldest <= self._newest:
            self._forget(self._oldest)
            self._oldest += 1

    def _forget(self, number: int) -> None:
        slot = number & self._mask
        self.held_bytes -= len(self._packets[slot])
        self._packets[slot] = b""

    def repeat(self, number: int) -> bytes:
        """Return the packet with the 16-bit ``number``, b"" if it must not or cannot be sent.

        Each goes out again at most MAX_REPEATS times, all within REPEAT_SHARE of the rate.
        """
        slot = number & self._mask
        packet = self._packets[slot]
        # The number in the header is not encrypted: it tells whether this is the one.
        if not packet or packet[2] << 8 | packet[3] != number:
            return b""
        if self._repeats[slot] >= MAX_REPEATS:
            return b""
        allowed = REPEAT_FLOOR_BYTES + REPEAT_SHARE * max(self._sent_bytes, self._sent_last_second)
        if self._repeated_bytes + len(packet) > allowed:
            return b""
        self._repeats[slot] += 1
        self._repeated_bytes += len(packet)
        return packet

    def second_passed(self) -> None:
        """Forget what is older than one second, and let repeats begin anew. Once a second."""
        if self._oldest >= 0:
            self._oldest = max(self._oldest, self._newest - self._mask)
            while self._oldest <= self._second_mark:
                self._forget(self._oldest)
                self._oldest += 1
        self._second_mark = self._newest
        self._sent_last_second = self._sent_bytes
        self._sent_bytes = self._repeated_bytes = 0
