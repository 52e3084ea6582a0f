"""How fast one connection may ask (spec voice, 14). Buckets of one connection, no addresses."""

from typing import Final

from allmende.core.clock import Clock

MESSAGES_PER_S: Final = 20.0
MESSAGES_BURST: Final = 60.0
PINGS_PER_S: Final = 5.0
PINGS_BURST: Final = 60.0
ACTS_PER_S: Final = 1.0
ACTS_BURST: Final = 5.0
TOLD_EVERY_S: Final = 5.0
MAX_MALFORMED: Final = 5
MALFORMED_WITHIN_S: Final = 60.0
VOICE_PACKETS_PER_S: Final = 150.0


class Bucket:
    """``burst`` at once, then ``per_s``."""

    __slots__ = ("_at_s", "_burst", "_clock", "_left", "_per_s")

    def __init__(self, clock: Clock, *, per_s: float, burst: float) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at_s = clock.monotonic_s()

    def take(self) -> bool:
        """Count one; False if that is too many."""
        now_s = self._clock.monotonic_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Pace:
    """What one connection sends. Pings and voice have limits of their own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told = Bucket(clock, per_s=1 / TOLD_EVERY_S, burst=1)
        self._malformed: list[float] = []
        self.begin()

    def begin(self) -> None:
        """Count anew, once the login is over; what could not be read stays counted."""
        clock = self._clock
        self.messages = Bucket(clock, per_s=MESSAGES_PER_S, burst=MESSAGES_BURST)
        self.pings = Bucket(clock, per_s=PINGS_PER_S, burst=PINGS_BURST)
        self.acts = Bucket(clock, per_s=ACTS_PER_S, burst=ACTS_BURST)
        self.voice = Bucket(clock, per_s=VOICE_PACKETS_PER_S, burst=VOICE_PACKETS_PER_S)

    def may_tell(self) -> bool:
        """Return whether the client is told that it is too fast: once in five seconds."""
        return self._told.take()

    def is_broken(self) -> bool:
        """Count what could not be read; True at the fifth in a minute."""
        now_s = self._clock.monotonic_s()
        recent = [at for at in self._malformed if now_s - at < MALFORMED_WITHIN_S]
        self._malformed = [*recent, now_s]
        return len(self._malformed) >= MAX_MALFORMED
