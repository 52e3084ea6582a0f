"""Counts what went wrong, by key, for a while. Memory only; a key never holds an address."""

from collections import OrderedDict, deque
from math import ceil
from typing import Final

MAX_KEYS: Final = 20_000


class Failures:
    """The last failures of each key within ``window_s`` monotonic seconds."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._by_key: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str, most: int, now_s: float) -> int:
        """Return for how many seconds ``key`` has to wait after ``most`` failures; 0: not."""
        times = self._by_key.get(key, deque())
        recent = [at_s for at_s in times if at_s > now_s - self._window_s]
        if len(recent) < most:
            return 0
        return max(1, ceil(recent[-most] + self._window_s - now_s))

    def count(self, key: str, most: int, now_s: float) -> None:
        """Remember one, and no more than ``most`` of a key."""
        self._by_key.setdefault(key, deque(maxlen=most)).append(now_s)
        self._by_key.move_to_end(key)
        if len(self._by_key) > MAX_KEYS:
            self._by_key.popitem(last=False)
