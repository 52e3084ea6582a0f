"""Ids of messages in archives: they begin with their time and are never given twice.

RFC 9562, 5.7 (version 7); 6.2, method 1: twelve bits count within a millisecond.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from allmende.core.clock import Clock

_COUNTS: Final = 1 << 12
_RANDOM_BITS: Final = 62
_VERSION: Final = 7
_VARIANT: Final = 0b10
_LAST_MS: Final = (1 << 48) - 1


class Uids:
    """Gives ids, each greater than the one before. ``random_bytes``: `secrets.token_bytes`."""

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        self._last_ms = self._count = 0

    def next(self) -> str:
        """Return a new one."""
        now_ms = _ms_of(self._clock.now())
        if now_ms > self._last_ms:
            self._last_ms, self._count = now_ms, 0
        else:
            self._count += 1
            if self._count == _COUNTS:
                self._last_ms, self._count = self._last_ms + 1, 0
        return _text(self._last_ms, self._count, int.from_bytes(self._random_bytes(8), "big"))


def floor(instant: datetime) -> str:
    """Return what no id since the millisecond of ``instant`` lies before."""
    ms = _ms_of(instant)
    return _text(max(0, min(ms, _LAST_MS)), 0, 0)


def is_uid(text: str) -> bool:
    """Whether this may be an id of ours."""
    return len(text) == 36 and text.isascii() and text.count("-") == 4


def _ms_of(instant: datetime) -> int:
    return int(instant.timestamp() * 1000) if instant.year > 1970 else 0


def _text(ms: int, count: int, random: int) -> str:
    low = (_VARIANT << _RANDOM_BITS) | (random & ((1 << _RANDOM_BITS) - 1))
    digits = f"{ms:012x}{_VERSION:x}{count:03x}{low:016x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)
