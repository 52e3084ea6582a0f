"""Bounds of signalling (spec meet, 17) and the bucket that paces a client."""

from typing import Final

MAX_FRAME_BYTES: Final = 256 * 1024
MESSAGES_PER_S: Final = 50.0
MESSAGES_BURST: Final = 200.0
OFFERS_PER_S: Final = 10.0
STRIKES: Final = 5
STRIKES_WITHIN_S: Final = 10.0
QUEUE_MESSAGES: Final = 256
QUEUE_BYTES: Final = 1024 * 1024
MAX_TRACKS: Final = 8
MAX_SUBSCRIPTION_CHANGES: Final = 1000
MAX_DATA_BYTES: Final = 64_000
MAX_TEXT: Final = 256

JOIN_VALID_S: Final = 120
REFRESH_VALID_S: Final = 600
REFRESH_EVERY_S: Final = 300.0
PING_INTERVAL_S: Final = 5
PING_TIMEOUT_S: Final = 15
SILENCE_S: Final = 30.0
GONE_S: Final = 15.0
MEDIA_UP_WITHIN_S: Final = 30.0
UPDATE_JOIN_S: Final = 0.02
SECTIONS_JOIN_S: Final = 0.03
SECTIONS_WAIT_S: Final = 5.0
SECTIONS_ATTEMPTS: Final = 3
RECONNECT_SPREAD_S: Final = 0.5


class Pace:
    """A token bucket. ``at_s`` is monotonic."""

    def __init__(self, per_s: float, burst: float, at_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at_s = at_s

    def take(self, at_s: float) -> bool:
        """Take one; False: none is left."""
        passed = max(0.0, at_s - self._at_s)
        self._left = min(self._burst, self._left + passed * self._per_s)
        self._at_s = at_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def wait_s(self) -> float:
        """Seconds until the next one, counted from the last ``take``."""
        return max(0.0, (1.0 - self._left) / self._per_s)


class Strikes:
    """Counts what was dropped: STRIKES within STRIKES_WITHIN_S are too many."""

    def __init__(self) -> None:
        self._at_s: list[float] = []

    def add(self, at_s: float) -> bool:
        """Count one; True: too many now."""
        self._at_s = [s for s in self._at_s if at_s - s < STRIKES_WITHIN_S] + [at_s]
        return len(self._at_s) >= STRIKES
