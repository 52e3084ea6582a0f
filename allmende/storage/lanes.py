"""Threads that take jobs off one queue and answer in the event loop of whoever asked."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from allmende.core.errors import Unavailable

T = TypeVar("T")

MAX_WAITING: Final = 1000
SLOW_S: Final = 0.1

_LOG: Final = logging.getLogger(__name__)


def nothing() -> None:
    """Do nothing."""


@dataclass(slots=True, eq=False)
class Job:
    """A plain function that waits for its turn, and what came of it."""

    function: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    value: Any = None
    failure: BaseException | None = None

    def run(self, db: Connection, *, slow_s: float = SLOW_S) -> None:
        """Run the function; keep what it returns, raise what it raises. Log it if it is slow."""
        began = time.perf_counter()
        self.value = self.function(db)
        took_s = time.perf_counter() - began
        if took_s > slow_s:
            name = getattr(self.function, "__qualname__", type(self.function).__name__)
            _LOG.warning("slow: %s took %d ms in the database", name, took_s * 1000)


class Lane:
    """A queue and the threads that serve it. Each thread runs ``serve(lane)`` to its end."""

    def __init__(
        self,
        name: str,
        threads: int,
        serve: Callable[["Lane"], None],
        *,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._max_waiting = max_waiting
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._threads = [
            Thread(target=serve, args=(self,), name=f"{name}-{n}", daemon=True)
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def ask(self, function: Callable[[Connection], T]) -> T:
        """Have ``function`` run by a thread and wait. Cancelling ends the waiting only.

        Raises Unavailable ``storage.busy`` if too many wait, ``storage.stopping`` at the end.
        """
        if self._closed:
            raise Unavailable("storage.stopping", retry_after_s=5)
        if self._queue.qsize() >= self._max_waiting:
            raise Unavailable("storage.busy", retry_after_s=2)
        job = Job(function, asyncio.get_running_loop().create_future())
        self._queue.put(job)
        value: T = await job.future
        return value

    def next_job(self) -> Job | None:
        """Wait for a job. None: the thread has to end."""
        return self._queue.get()

    def jobs(self, at_most: int) -> list[Job]:
        """Wait for a job and take along what waits behind it. Empty: the thread has to end."""
        first = self._queue.get()
        if first is None:
            return []
        taken = [first]
        while len(taken) < at_most:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)
                break
            taken.append(job)
        return taken

    def close(self) -> None:
        """Take no more, finish what waits, end the threads. Blocks until that is done."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._refuse_rest()

    def _refuse_rest(self) -> None:
        late: list[Job] = []
        while not self._queue.empty():
            job = self._queue.get()
            if job is not None:
                job.failure = Unavailable("storage.stopping", retry_after_s=5)
                late.append(job)
        answer(late)


def answer(jobs: Sequence[Job], before: Callable[[], None] = nothing) -> None:
    """From a thread: have ``before`` called and the waiting told, in their own event loops."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Job]] = defaultdict(list)
    for job in jobs:
        by_loop[job.future.get_loop()].append(job)
    for loop, its in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell, its, before)
        except RuntimeError:
            # The loop is closed: nobody waits any more, and what was done stays done.
            _LOG.info("%d answers of the database came after the end", len(its))


def _tell(jobs: Sequence[Job], before: Callable[[], None]) -> None:
    before()
    for job in jobs:
        if job.future.done():
            continue
        if job.failure is None:
            job.future.set_result(job.value)
        elif isinstance(job.failure, StopIteration):
            job.future.set_exception(RuntimeError("a change raised StopIteration"))
        else:
            job.future.set_exception(job.failure)
