"""How much one leg may send: what is above is dropped. Spec meet, 17."""

from typing import Final

MAX_BPS: Final = 6_000_000
MAX_PACKETS_PER_S: Final = 1500
TOO_LONG_S: Final = 10
"""After so many seconds above the limit in a row the main process is told."""


class Pace:
    """Counts packets and bytes of one second."""

    __slots__ = ("_bytes", "_full_seconds", "_over", "_packets")

    def __init__(self) -> None:
        self._bytes = self._packets = self._full_seconds = 0
        self._over = False

    def admits(self, size_bytes: int) -> bool:
        """Count one packet; False: it is too much."""
        self._packets += 1
        self._bytes += size_bytes
        if self._packets <= MAX_PACKETS_PER_S and self._bytes <= MAX_BPS // 8:
            return True
        self._over = True
        return False

    def second_passed(self) -> bool:
        """Begin another second; True: it was too much for TOO_LONG_S seconds, told once."""
        self._full_seconds = self._full_seconds + 1 if self._over else 0
        self._bytes = self._packets = 0
        self._over = False
        return self._full_seconds == TOO_LONG_S
