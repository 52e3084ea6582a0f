"""How often somebody may do something."""


class Bucket:
    """Fills at ``per_s`` up to ``burst``; what is done takes out of it."""

    __slots__ = ("_at_s", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at_s = now_s

    def take(self, cost: float, now_s: float) -> float:
        """Take out and return what is left; below 0 it was too much."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s) - cost
        self._at_s = now_s
        return self._left
