"""How good the connection of a leg is, from what was lost on the way to and from it."""

from collections.abc import Iterable
from typing import Final

POOR: Final = 0
GOOD: Final = 1
EXCELLENT: Final = 2
LOST: Final = 3
GOOD_ABOVE_LOSS: Final = 0.02
POOR_ABOVE_LOSS: Final = 0.10
BEST_SCORE: Final = 5.0
WORST_SCORE: Final = 1.0


class QualityMeter:
    """Collects the losses of reports between two tellings."""

    __slots__ = ("_reports", "_sum", "_told", "_was_up")

    def __init__(self) -> None:
        self._sum = 0.0
        self._reports = 0
        self._told = -1
        self._was_up = False

    def add(self, fractions_lost: Iterable[int]) -> None:
        """Account for reports; each fraction is of 256, negative ones were not told."""
        for fraction in fractions_lost:
            if fraction >= 0:
                self._sum += fraction / 256
                self._reports += 1

    def changed(self, *, up: bool) -> tuple[int, float] | None:
        """Return (quality, score 1 to 5) if the quality is another than last time.

        LOST only if the transport was up and is not: clients leave and come back on it.
        """
        loss = self._sum / self._reports if self._reports else 0.0
        self._sum, self._reports = 0.0, 0
        self._was_up = self._was_up or up
        if not self._was_up:
            return None
        quality = _quality_of(loss) if up else LOST
        if quality == self._told:
            return None
        self._told = quality
        score = max(WORST_SCORE, BEST_SCORE - 20 * loss) if up else 0.0
        return quality, score


def _quality_of(loss: float) -> int:
    if loss > POOR_ABOVE_LOSS:
        return POOR
    return GOOD if loss > GOOD_ABOVE_LOSS else EXCELLENT
