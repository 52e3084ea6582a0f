"""The queue: everything is kept before anything follows from it, and in order."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from allmende.core.errors import AllmendeError, NotFound, Unavailable
from allmende.systems.chat.service.archive import ArchiveQueue

T = TypeVar("T")


class Desk:
    """A database that is only a place; it counts commits, and may be ``broken``."""

    def __init__(self) -> None:
        self.commits = 0
        self.broken: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, question: Callable[[Connection], T]) -> T:
        raise NotImplementedError

    async def write(self, change: Callable[[Connection], T]) -> T:
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        value = change(None)  # type: ignore[arg-type]
        self.commits += 1
        return value

    async def tidy(self) -> None:
        raise NotImplementedError


@dataclass
class Numbers:
    """A shelf that refuses negative numbers."""

    sizes: list[int] = field(default_factory=list)

    def add(self, db: Connection, items: Sequence[int]) -> Sequence[int]:
        if any(item < 0 for item in items):
            raise NotFound("chat.not-found") if min(items) == -1 else ZeroDivisionError
        self.sizes.append(len(items))
        return [item * 10 for item in items]


class Log:
    def __init__(self, queue: ArchiveQueue, shelf: Numbers) -> None:
        self._queue, self._shelf = queue, shelf
        self.said: list[object] = []

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self._queue.put(self._shelf, number, self.said.append, self._failed)

    def _failed(self, problem: AllmendeError) -> None:
        self.said.append(problem.message_id)


def run(
    story: Callable[[Desk, ArchiveQueue, Numbers, Log], None], *, most: int = 500
) -> tuple[Desk, Numbers, Log]:
    async def play() -> tuple[Desk, Numbers, Log]:
        desk, shelf = Desk(), Numbers()
        queue = ArchiveQueue(desk, most=most, apart_s=0)
        log = Log(queue, shelf)
        story(desk, queue, shelf, log)
        task = asyncio.ensure_future(queue.run())
        await queue.drained()
        task.cancel()
        assert len(queue) == 0
        return desk, shelf, log

    return asyncio.run(play())


def test_what_waits_is_kept_in_one_commit_and_follows_in_order() -> None:
    def story(_: Desk, queue: ArchiveQueue, __: Numbers, log: Log) -> None:
        log.put(1, 2)
        queue.behind(lambda: log.said.append("behind"))
        log.put(3)

    desk, shelf, log = run(story)
    assert log.said == [10, 20, "behind", 30]
    assert (desk.commits, shelf.sizes) == (1, [3])


def test_a_commit_takes_so_many_and_no_more() -> None:
    desk, shelf, log = run(lambda _, __, ___, log: log.put(1, 2, 3, 4, 5), most=2)
    assert log.said == [10, 20, 30, 40, 50]
    assert (desk.commits, shelf.sizes) == (3, [2, 2, 1])


def test_several_shelves_share_a_commit() -> None:
    other = Numbers()

    def story(_: Desk, queue: ArchiveQueue, __: Numbers, log: Log) -> None:
        log.put(1)
        queue.put(other, 2, log.said.append, log.said.append)
        log.put(3)

    desk, shelf, log = run(story)
    assert log.said == [10, 20, 30]
    assert (desk.commits, shelf.sizes, other.sizes) == (1, [2], [1])


def test_where_nothing_is_to_be_kept_nothing_is_written() -> None:
    desk, _, log = run(lambda _, queue, __, log: queue.behind(lambda: log.said.append("here")))
    assert (desk.commits, log.said) == (0, ["here"])


def test_one_that_cannot_be_kept_takes_no_other_along(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        _, shelf, log = run(lambda _, __, ___, log: log.put(1, -1, -2, 2))
    assert log.said == [10, "chat.not-found", "chat.not-kept", 20]
    assert shelf.sizes == [1, 1]
    assert [record.message for record in caplog.records] == ["something could not be kept"]


def test_a_database_that_does_not_answer_is_not_asked_for_each() -> None:
    def story(desk: Desk, queue: ArchiveQueue, __: Numbers, log: Log) -> None:
        desk.broken = Unavailable("storage.disk-full", retry_after_s=5)
        log.put(1, 2)
        queue.behind(lambda: log.said.append("never"))

    desk, _, log = run(story)
    assert log.said == ["storage.disk-full", "storage.disk-full"]
    assert desk.commits == 0


def test_a_delivery_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def story(_: Desk, queue: ArchiveQueue, __: Numbers, log: Log) -> None:
        queue.behind(lambda: [][0])
        log.put(1)

    _, _, log = run(story)
    assert log.said == [10]
    assert [record.message for record in caplog.records] == [
        "something was kept, but not delivered"
    ]


def test_who_reads_from_clients_waits_while_too_much_waits() -> None:
    async def play() -> None:
        desk = Desk()
        desk.gate.clear()
        queue = ArchiveQueue(desk, apart_s=0, max_waiting=2)
        log = Log(queue, Numbers())
        task = asyncio.ensure_future(queue.run())
        await queue.space()
        log.put(1, 2)
        reading = asyncio.ensure_future(queue.space())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not reading.done()
        assert not log.said
        desk.gate.set()
        await reading
        assert log.said == [10, 20]
        task.cancel()

    asyncio.run(play())


def test_two_commits_begin_some_time_apart() -> None:
    async def play() -> None:
        desk = Desk()
        queue = ArchiveQueue(desk, apart_s=0.02)
        log = Log(queue, Numbers())
        task = asyncio.ensure_future(queue.run())
        loop = asyncio.get_running_loop()
        log.put(1)
        await queue.drained()
        begun_s = loop.time()
        log.put(2)
        log.put(3)
        await queue.drained()
        assert desk.commits == 2
        assert loop.time() > begun_s
        task.cancel()

    asyncio.run(play())
