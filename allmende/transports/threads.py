"""A bounded pool for work that keeps a processor busy, such as hashing a password."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from allmende.core.errors import Unavailable

T = TypeVar("T")


class Threads:
    """Runs plain functions beside the loop; refuses when too many wait."""

    def __init__(self, executor: ThreadPoolExecutor, waiting: int) -> None:
        self._executor = executor
        self._free = waiting

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns. Raises Unavailable ``web.busy`` when full."""
        if self._free == 0:
            raise Unavailable("web.busy", detail="thread pool is full", retry_after_s=2)
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._free += 1


@contextmanager
def open_threads(*, size: int, waiting: int) -> Iterator[Threads]:
    """Offer ``size`` threads; at most ``waiting`` calls run or wait at the same time."""
    with ThreadPoolExecutor(max_workers=size, thread_name_prefix="house") as executor:
        yield Threads(executor, waiting)
