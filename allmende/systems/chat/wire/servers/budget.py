"""What strangers may make us do, counted by domain in memory. Spec chat, 7."""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MAX_DOMAINS: Final = 10_000
MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0


class Budget:
    """So often for one domain, so often for all, in a time that moves along."""

    def __init__(
        self, per_domain: int, in_all: int, within_s: float, now_s: Callable[[], float]
    ) -> None:
        self._per_domain, self._within_s, self._now_s = per_domain, within_s, now_s
        self._in_all = in_all
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque()

    def take(self, domain: str) -> bool:
        """Take one; False if nothing is left, for this domain or for all."""
        now_s = self._now_s()
        own = self._taken.get(domain)
        own = deque() if own is None else own
        for times in (own, self._all):
            while times and now_s - times[0] >= self._within_s:
                times.popleft()
        if len(own) >= self._per_domain or len(self._all) >= self._in_all:
            return False
        own.append(now_s)
        self._all.append(now_s)
        self._taken[domain] = own
        self._taken.move_to_end(domain)
        while len(self._taken) > MAX_DOMAINS:
            self._taken.popitem(last=False)
        return True


def calls(now_s: Callable[[], float]) -> Budget:
    """Return how often strangers make us connect: 5 times a minute for one domain."""
    return Budget(5, 300, MINUTE_S, now_s)


def requests(now_s: Callable[[], float]) -> Budget:
    """Return how many first contacts of strangers get through: 50 an hour of one domain."""
    return Budget(50, 500, HOUR_S, now_s)
