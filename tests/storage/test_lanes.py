"""Threads that take jobs off one queue."""

import asyncio
import logging
import threading
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from allmende.core.errors import Unavailable
from allmende.storage.lanes import Lane, answer

NO_DATABASE = cast(Connection, None)


def number(_: Connection, n: int) -> int:
    return n


def serve(lane: Lane) -> None:
    """As both databases do, without a database."""
    while batch := lane.jobs(4):
        for job in batch:
            try:
                job.run(NO_DATABASE)
            except BaseException as failure:
                job.failure = failure
        answer(batch)


def test_jobs_are_answered_in_the_loop_that_asked_each_in_turn() -> None:
    lane = Lane("test", 1, serve)

    async def ask() -> list[Any]:
        return await asyncio.gather(*(lane.ask(partial(number, n=n)) for n in range(100)))

    assert asyncio.run(ask()) == list(range(100))
    assert asyncio.run(ask()) == list(range(100))
    lane.close()


def test_a_failure_goes_to_whoever_asked_even_one_that_futures_cannot_carry() -> None:
    lane = Lane("test", 1, serve)

    def stops(_: Connection) -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(lane.ask(stops))
    lane.close()


def test_what_comes_after_the_end_is_refused_and_nobody_waits_for_ever() -> None:
    lane = Lane("test", 3, serve)
    lane.close()
    with pytest.raises(Unavailable):
        asyncio.run(lane.ask(lambda _: None))


def test_an_answer_to_a_loop_that_is_gone_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    lane = Lane("test", 1, serve)
    began, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Connection) -> None:
        began.set()
        go_on.wait(10)
        done.set()

    async def leave() -> None:
        asking = asyncio.ensure_future(lane.ask(slow))
        await asyncio.to_thread(began.wait, 10)
        asking.cancel()

    with caplog.at_level(logging.INFO, logger="allmende"):
        asyncio.run(leave())
        go_on.set()
        assert done.wait(10)
        assert asyncio.run(lane.ask(lambda _: 7)) == 7
    lane.close()
    assert "came after the end" in caplog.text


def test_a_slow_job_is_logged_by_its_name_only(caplog: pytest.LogCaptureFixture) -> None:
    lane = Lane("test", 1, serve)
    asyncio.run(lane.ask(lambda _: threading.Event().wait(0.11)))
    lane.close()
    assert "slow" in caplog.text
    assert "<lambda> took" in caplog.text
