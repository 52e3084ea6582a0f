"""Transport-wide feedback to a sender: when each of its packets reached us.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1.
"""

from typing import Final

from allmende.protocols.rtcp import transport_wide
from allmende.protocols.rtp.unwrapping import Unwrapper

INTERVAL_S: Final = 0.1
FAST_INTERVAL_S: Final = 0.05
FAST_ABOVE_BPS: Final = 1_000_000
MAX_WAITING: Final = 2000
MAX_GAP: Final = 2000
"""A longer gap of numbers is a new beginning, not a loss."""
MAX_LATE: Final = 256
"""How many numbers back an arrival is remembered, to be told again beside a late one."""
_PRUNED_ABOVE: Final = 4 * MAX_LATE
"""Older ones are forgotten so many at once, which costs less than a few at each report."""


class ArrivalLog:
    """Collects the arrivals of one transport and makes feedback of them."""

    __slots__ = ("_arrivals", "_bytes", "_count", "_next", "_numbers", "_sent_at_s", "_start_s",
                 "_ticks")  # fmt: skip

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._sent_at_s = start_s
        self._numbers = Unwrapper(16)
        self._arrivals: list[tuple[int, float]] = []
        self._ticks: dict[int, int] = {}
        self._next = -1
        self._bytes = 0
        self._count = 0

    def add(self, number: int, size_bytes: int, arrived_s: float) -> None:
        """Remember one packet with its transport-wide ``number`` (16 bits)."""
        self._bytes += size_bytes
        if len(self._arrivals) < MAX_WAITING:
            self._arrivals.append((number, arrived_s))

    @property
    def waits(self) -> bool:
        """Whether anything came that was not told yet."""
        return bool(self._arrivals)

    def due(self, sender: int, media: int, now_s: float) -> list[bytes]:
        """Return the feedback to send now, maybe none.

        ``media``: a stream of the sender, for clients drop feedback on streams they do not know.
        Every INTERVAL_S, above FAST_ABOVE_BPS every FAST_INTERVAL_S.
        """
        elapsed_s = now_s - self._sent_at_s
        # Ticks of 20 ms are not exact; a hair too early is better than a tick too late.
        if not self._arrivals or elapsed_s < FAST_INTERVAL_S - 0.005:
            return []
        if elapsed_s < INTERVAL_S - 0.005 and self._bytes * 8 <= FAST_ABOVE_BPS * elapsed_s:
            return []
        self._sent_at_s = now_s
        self._bytes = 0
        return self._write(sender, media)

    def _write(self, sender: int, media: int) -> list[bytes]:
        new: list[int] = []
        extend, ticks, start_s = self._numbers.extend, self._ticks, self._start_s
        for number, arrived_s in self._arrivals:
            extended = extend(number)
            ticks[extended] = max(0, int((arrived_s - start_s) * transport_wide.TICKS_PER_S))
            new.append(extended)
        self._arrivals.clear()
        first, end = self._span(min(new), max(new) + 1)
        told = [self._ticks.get(number) for number in range(first, end)]
        self._next = end
        if len(self._ticks) > _PRUNED_ABOVE:
            self._ticks = {n: t for n, t in self._ticks.items() if n >= end - MAX_LATE}
        return self._packets((sender, media), first, told)

    def _span(self, oldest: int, end: int) -> tuple[int, int]:
        """Return which numbers to tell: what is new, what is lost, and what came late.

        Numbers between a late one and the newest are told again, as they were.
        """
        end = max(end, self._next)
        start = oldest
        if 0 <= self._next < oldest <= self._next + MAX_GAP:
            start = self._next
        return max(start, end - MAX_GAP), end

    def _packets(self, names: tuple[int, int], first: int, told: list[int | None]) -> list[bytes]:
        packets = []
        while any(status is not None for status in told):
            packet, used = transport_wide.write(*names, first, self._count, told)
            if packet:
                packets.append(packet)
                self._count = (self._count + 1) & 0xFF
            first += used
            del told[:used]
        return packets
