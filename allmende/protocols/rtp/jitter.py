"""Interarrival jitter, as receiver reports tell it."""


class JitterEstimator:
    """Running estimate of interarrival jitter.

    J += (|D| - J) / 16, where D is the change in transit time between two packets
    in a row. Source: RFC 3550, 6.4.1 and A.8.
    """

    __slots__ = ("_clock_hz", "_transit_ticks", "jitter_ticks")

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._transit_ticks: float | None = None
        self.jitter_ticks = 0.0

    def add(self, rtp_timestamp: int, arrived_s: float) -> float:
        """Account for one packet and return the jitter so far, in ticks.

        ``rtp_timestamp`` is unwrapped and counts ticks; ``arrived_s`` is monotonic.
        """
        transit = arrived_s * self._clock_hz - rtp_timestamp
        if self._transit_ticks is not None:
            change = abs(transit - self._transit_ticks)
            self.jitter_ticks += (change - self.jitter_ticks) / 16
        self._transit_ticks = transit
        return self.jitter_ticks
