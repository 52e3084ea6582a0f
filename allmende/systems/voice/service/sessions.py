"""Numbers of connections: 1 to 65535, from a random start, not used again for ten minutes."""

import secrets
from collections import deque
from typing import Final

from allmende.core.clock import Clock
from allmende.core.errors import QuotaExceeded
from allmende.core.ports.audio import Session

MAX_SESSION: Final = 65_535
REST_S: Final = 600.0
"""Clients keep what they know of a number for a while; another person must not inherit it."""


class Sessions:
    """One pool for all: native legs, people in browsers, people at a door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: set[int] = set()
        self._resting: deque[tuple[float, int]] = deque()
        self._next = secrets.randbelow(MAX_SESSION) + 1

    def take(self) -> Session:
        """Return a free number. Raises QuotaExceeded ``voice.server-full``."""
        self._wake()
        for _ in range(MAX_SESSION):
            number = self._next
            self._next = number % MAX_SESSION + 1
            if number not in self._taken:
                self._taken.add(number)
                return Session(number)
        raise QuotaExceeded("voice.server-full")

    def give_back(self, session: Session) -> None:
        """Let a number rest; it stays taken until then."""
        self._resting.append((self._clock.monotonic_s() + REST_S, session))

    def _wake(self) -> None:
        now_s = self._clock.monotonic_s()
        while self._resting and self._resting[0][0] <= now_s:
            self._taken.discard(self._resting.popleft()[1])
