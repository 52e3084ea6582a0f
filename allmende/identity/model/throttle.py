"""Slows down guessing of passwords without ever locking a name out. Memory only.

Per name and caller: 10 failures in 15 minutes. After that, and for everybody after 100 failures
of a name in a day, a try costs proof of work and comes 30 seconds after the last one. A device
that has signed in before counts as a caller of its own, whom the failures of others do not touch.
"""

from collections import OrderedDict, deque
from typing import Final, TypeVar

from allmende.core.errors import TooManyRequests

TRIES_PER_CALLER: Final = 10
CALLER_WINDOW_S: Final = 15 * 60.0
TRIES_PER_NAME: Final = 100
NAME_WINDOW_S: Final = 24 * 3600.0
SLOW_GAP_S: Final = 30.0
MAX_REMEMBERED: Final = 20_000

K = TypeVar("K")


class Throttle:
    """Remembers failed tries. Times are monotonic seconds."""

    def __init__(self, tries_per_caller: int = TRIES_PER_CALLER) -> None:
        self._tries_per_caller = tries_per_caller
        self._by_caller: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._by_name: OrderedDict[str, deque[float]] = OrderedDict()

    def require_patience(
        self,
        name: str,
        caller_key: str,
        now_s: float,
        *,
        known: bool = False,
        worked: bool = False,
    ) -> None:
        """Raise TooManyRequests if this try is one too many.

        ``known``: the caller is a device that has signed in as ``name`` before. ``worked``: it
        comes with proof of work. ``identity.try-later`` with ``retry_after_s``,
        ``identity.work-first`` where only the work is missing.
        """
        tries = _recent(self._by_caller.get((name, caller_key)), now_s - CALLER_WINDOW_S)
        of_name = _recent(self._by_name.get(name), now_s - NAME_WINDOW_S)
        attacked = len(of_name) >= TRIES_PER_NAME and not known
        if len(tries) < self._tries_per_caller and not attacked:
            return
        if tries and tries[-1] + SLOW_GAP_S > now_s:
            wait_s = max(1, round(tries[-1] + SLOW_GAP_S - now_s))
            raise TooManyRequests("identity.try-later", retry_after_s=wait_s)
        if not worked:
            raise TooManyRequests("identity.work-first", retry_after_s=1)

    def failed(self, name: str, caller_key: str, now_s: float) -> None:
        """Remember a failed try."""
        _remember(self._by_caller, (name, caller_key), self._tries_per_caller, now_s)
        _remember(self._by_name, name, TRIES_PER_NAME, now_s)

    def succeeded(self, name: str, caller_key: str) -> None:
        """Forget the failures of this caller with this name."""
        self._by_caller.pop((name, caller_key), None)


def _recent(tries: deque[float] | None, since_s: float) -> list[float]:
    return [] if tries is None else [at_s for at_s in tries if at_s > since_s]


def _remember(kept: OrderedDict[K, deque[float]], key: K, most: int, now_s: float) -> None:
    kept.setdefault(key, deque(maxlen=most)).append(now_s)
    kept.move_to_end(key)
    if len(kept) > MAX_REMEMBERED:
        kept.popitem(last=False)
