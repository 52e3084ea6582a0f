"""The numbers of one incoming stream: what came, what is missing, what to ask for again."""

from typing import Final

from allmende.protocols.rtcp.reports import ReceptionBlock
from allmende.protocols.rtp.jitter import JitterEstimator
from allmende.protocols.rtp.unwrapping import Unwrapper

MAX_HOLES: Final = 512
MAX_ASKED: Final = 200
"""Numbers of one NACK, so that it fits into a packet."""
MAX_TRIES: Final = 3
NACK_AFTER_S: Final = 0.02
NACK_AFTER_PACKETS: Final = 2
FIRST_RTT_S: Final = 0.1
MIN_RTT_S: Final = 0.02
MAX_RTT_S: Final = 0.5
_FORGET_AFTER_S: Final = 2.0


class Hole:
    """One packet that is missing: since when, how often asked for, when to ask again."""

    __slots__ = ("asked_s", "next_s", "since_s", "tries")

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        self.next_s = since_s + NACK_AFTER_S
        self.asked_s = 0.0
        self.tries = 0


class Arrivals:
    """Counts one stream for receiver reports and, with ``repair``, remembers its holes.

    Loss and jitter: RFC 3550, 6.4.1, A.3 and A.8. A packet that came as a retransmission
    fills a hole, but stays lost in the reports: the path did lose it.
    """

    def __init__(self, clock_hz: int, *, repair: bool) -> None:
        self._numbers = Unwrapper(16)
        self._timestamps = Unwrapper(32)
        self._jitter = JitterEstimator(clock_hz)
        self._repair = repair
        self._first = -1
        self._received = 0
        self._expected_before = self._received_before = 0
        self._rtt_s = FIRST_RTT_S
        self._report_middle = 0
        self._report_at_s = 0.0
        self.holes: dict[int, Hole] = {}
        self._lost_much = False

    @property
    def newest(self) -> int:
        """The largest unwrapped number, -1 before the first packet."""
        return self._numbers.newest

    def take_much_lost(self) -> bool:
        """Whether, since the last time, more was lost than can be asked for."""
        lost, self._lost_much = self._lost_much, False
        return lost

    def add(self, sequence: int, timestamp: int, arrived_s: float) -> int:
        """Account for a packet that came on the stream itself; return its unwrapped number."""
        newest = self._numbers.newest
        number = self._numbers.extend(sequence)
        self._received += 1
        self._jitter.add(self._timestamps.extend(timestamp), arrived_s)
        if newest < 0:
            self._first = number
        elif number > newest + 1:
            self._open_holes(newest + 1, number, arrived_s)
        elif number < newest and self.holes:
            self._fill(number, arrived_s)
        return number

    def add_repaired(self, sequence: int, arrived_s: float) -> int:
        """Account for a packet that came as a retransmission. -1: nobody waits for it."""
        if self._numbers.newest < 0:
            return -1
        ahead = (sequence - self._numbers.newest) & 0xFFFF
        number = self._numbers.newest + (ahead if ahead < 0x8000 else ahead - 0x10000)
        return number if self._fill(number, arrived_s) else -1

    def is_missing(self, sequence: int) -> bool:
        """Whether the packet with this 16-bit number is one of our holes."""
        return any(number & 0xFFFF == sequence for number in self.holes)

    def _open_holes(self, first: int, end: int, arrived_s: float) -> None:
        if not self._repair:
            return
        if end - first + len(self.holes) > MAX_HOLES:
            self.holes.clear()
            self._lost_much = True
            return
        for number in range(first, end):
            self.holes[number] = Hole(arrived_s)

    def _fill(self, number: int, arrived_s: float) -> bool:
        hole = self.holes.pop(number, None)
        if hole is None:
            return False
        if hole.tries == 1:
            took_s = min(MAX_RTT_S, max(MIN_RTT_S, arrived_s - hole.asked_s))
            self._rtt_s += (took_s - self._rtt_s) / 4
        return True

    def due(self, now_s: float) -> list[int]:
        """Return the 16-bit numbers to ask for now, in order, and forget hopeless holes."""
        asked: list[int] = []
        for number, hole in list(self.holes.items()):
            if hole.tries >= MAX_TRIES or now_s - hole.since_s > _FORGET_AFTER_S:
                if now_s >= hole.next_s:
                    del self.holes[number]
                continue
            if len(asked) == MAX_ASKED:
                break
            late = self._numbers.newest - number > NACK_AFTER_PACKETS
            if now_s >= hole.next_s or (hole.tries == 0 and late):
                hole.tries += 1
                hole.asked_s = now_s
                hole.next_s = now_s + self._rtt_s
                asked.append(number & 0xFFFF)
        return asked

    def sender_reported(self, ntp: int, now_s: float) -> None:
        """Remember a sender report, for the next receiver report."""
        self._report_middle = ntp >> 16 & 0xFFFFFFFF
        self._report_at_s = now_s

    def report(self, ssrc: int, now_s: float) -> ReceptionBlock:
        """Return the block of this stream; its fraction counts from the report before."""
        expected = self._numbers.newest - self._first + 1
        new = expected - self._expected_before
        lost = new - (self._received - self._received_before)
        self._expected_before, self._received_before = expected, self._received
        delay_s = now_s - self._report_at_s if self._report_middle else 0.0
        return ReceptionBlock(
            ssrc,
            fraction_lost=max(0, lost) * 256 // new if new > 0 else 0,
            lost=expected - self._received,
            # The first round of the unwrapper is not the stream's.
            highest=self._numbers.newest - 0x10000,
            jitter=int(self._jitter.jitter_ticks),
            last_report=self._report_middle,
            delay=int(delay_s * 65536),
        )
