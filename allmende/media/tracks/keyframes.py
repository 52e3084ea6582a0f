"""Asking for key frames without asking too often. RFC 4585, 6.3.1."""

from typing import Final

MIN_INTERVAL_S: Final = 0.5
AFTER_ANSWER_S: Final = 0.3
PATIENCE_S: Final = 1.0
"""Who still waits after this asks again."""
_NEVER: Final = float("inf")


class KeyframeAsking:
    """When to ask one stream for a key frame, whoever wants it."""

    __slots__ = ("_again_s", "_asked_s", "_due_s")

    def __init__(self) -> None:
        self._asked_s = -_NEVER
        self._due_s = self._again_s = _NEVER

    def want(self, at_s: float) -> None:
        """A key frame is wanted, to be asked for at ``at_s`` or as soon after as may be."""
        at_s = max(at_s, self._asked_s + MIN_INTERVAL_S)
        self._due_s = min(self._due_s, at_s)

    def want_again(self, at_s: float) -> None:
        """One is wanted then, even if there was one before: it could not be decoded yet."""
        self._again_s = at_s

    def want_still(self, now_s: float) -> None:
        """Somebody waits: ask again if the last asking was long ago."""
        if now_s - self._asked_s >= PATIENCE_S:
            self.want(now_s)

    def take_due(self, now_s: float) -> bool:
        """Return whether to ask now; it then counts as asked."""
        if now_s >= self._again_s:
            self._again_s = _NEVER
            self.want(now_s)
        if now_s < self._due_s:
            return False
        self._due_s = _NEVER
        self._asked_s = now_s
        return True
