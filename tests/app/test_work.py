import asyncio
import logging
import os
from functools import partial
from pathlib import Path

import pytest
from starlette.routing import Route

from allmende.app.work import KEPT_BY_ALL, facts_of, jobs_of, repeat, routes_of, swept, work_of
from allmende.core.clock import SystemClock
from allmende.core.errors import Unavailable
from allmende.core.events import Fact
from allmende.core.parts import Job, Part
from allmende.storage.blobs import FolderBlobs, blob_path, release, use
from allmende.storage.types import metadata
from tests.databases import Place
from tests.identity.town import HandClock


async def nothing() -> None:
    """Do nothing."""


def test_what_the_parts_bring_is_put_together() -> None:
    job = Job(name="look", every_s=1, run=nothing)
    route = Route("/x", nothing)
    parts = [Part(name="a", facts=[Fact], routes=[route]), Part(name="b", jobs=[job])]
    assert facts_of(parts) == [Fact]
    assert routes_of(parts) == [route]
    assert jobs_of(parts) == [job]


def test_a_job_that_failed_for_a_known_reason_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Enough(Exception):
        """Ends the test."""

    turns: list[int] = []

    async def work() -> None:
        turns.append(1)
        if len(turns) == 3:
            raise Enough
        if len(turns) == 1:
            raise Unavailable("storage.busy")

    with caplog.at_level(logging.WARNING), pytest.raises(Enough):
        asyncio.run(repeat(Job(name="mirror", every_s=0, run=work)))
    assert len(turns) == 3
    assert [record.getMessage() for record in caplog.records] == ["job mirror failed: storage.busy"]


def test_every_table_has_a_promise() -> None:
    promised = {kept.table.name for kept_by in KEPT_BY_ALL for kept in kept_by}
    assert set(metadata.tables) - promised == set()


def test_sweeping_jobs_and_tasks_all_have_a_name(sqlite_place: Place, tmp_path: Path) -> None:
    job = Job(name="look", every_s=1, run=nothing)
    part = Part(name="chat", jobs=[job], tasks=[nothing])

    async def look() -> list[str]:
        database = sqlite_place.open()
        try:
            work = list(work_of([part], database, FolderBlobs(tmp_path), SystemClock()))
            for _, coroutine in work:
                coroutine.close()
            return [name for name, _ in work]
        finally:
            database.close()

    assert asyncio.run(look()) == ["sweep", "look", "chat"]


def test_a_content_that_nobody_uses_is_gone_within_a_day_with_the_sweep(
    sqlite_place: Place, tmp_path: Path
) -> None:
    async def story() -> None:
        database, store = sqlite_place.open(), FolderBlobs(tmp_path)
        clock = HandClock()
        name, kept = await store.put(b"left"), await store.put(b"used")
        for each in (name, kept):
            await database.write(partial(use, name=each, size_bytes=4))
            at_s = clock.now().timestamp()
            os.utime(blob_path(tmp_path, each), (at_s, at_s))
        await database.write(lambda db: release(db, name, clock.now()))
        there = []
        try:
            for hours in (22.5, 23.9 - 22.5):
                clock.turn(hours=hours)
                await swept(database, store, clock)
                there.append(blob_path(tmp_path, name).exists())
        finally:
            database.close()
        assert there == [True, False]
        assert blob_path(tmp_path, kept).exists()

    asyncio.run(story())
