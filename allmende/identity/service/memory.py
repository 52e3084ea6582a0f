"""Answers that are remembered for a few seconds, so that most requests ask nothing."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """At most ``most`` answers, each for ``kept_s`` monotonic seconds."""

    def __init__(self, kept_s: float, most: int) -> None:
        self._kept_s = kept_s
        self._most = most
        self._answers: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def recall(self, key: K, now_s: float) -> V | None:
        """Return what was remembered and is still fresh."""
        kept = self._answers.get(key)
        return kept[1] if kept is not None and kept[0] > now_s else None

    def remember(self, key: K, value: V, now_s: float) -> None:
        """Keep an answer; the oldest goes when there are too many."""
        self._answers[key] = (now_s + self._kept_s, value)
        self._answers.move_to_end(key)
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def forget(self, which: Callable[[V], bool]) -> None:
        """Drop the answers that ``which`` names."""
        for key in [key for key, (_, value) in self._answers.items() if which(value)]:
            del self._answers[key]
