"""What runs from start to stop: tasks, jobs, sweeping."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, Final

from starlette.routing import BaseRoute

import allmende.identity.store.tables
import allmende.systems.chat.store
import allmende.systems.desk.store.tables
import allmende.systems.meet.store
import allmende.systems.pads.store.tables
import allmende.systems.plenum.store.tables
import allmende.systems.voice.store
from allmende.core.clock import Clock
from allmende.core.errors import AllmendeError
from allmende.core.events import Fact
from allmende.core.parts import Job, Part
from allmende.storage import blobs, cursors, deletions, migrate, outbox, parked, secret
from allmende.storage.blobs import Blobs, sweep_blobs
from allmende.storage.database import Database
from allmende.storage.retention import OVERDUE_AFTER, Kept, overdue, sweep_all

_SWEEP_S: Final = 600.0
_log: Final = logging.getLogger("allmende.house")

KEPT_BY_ALL: Final = (
    secret.KEPT,
    migrate.KEPT,
    outbox.KEPT,
    blobs.KEPT,
    cursors.KEPT,
    parked.KEPT,
    deletions.KEPT,
    allmende.identity.store.tables.KEPT,
    allmende.systems.chat.store.KEPT,
    allmende.systems.desk.store.tables.KEPT,
    allmende.systems.meet.store.KEPT,
    allmende.systems.pads.store.tables.KEPT,
    allmende.systems.plenum.store.tables.KEPT,
    allmende.systems.voice.store.KEPT,
)

PROMISES: Final[Sequence[Kept]] = tuple(kept for kept_by in KEPT_BY_ALL for kept in kept_by)
"""Everything this house keeps, with its end."""


def facts_of(parts: Sequence[Part]) -> list[type[Fact]]:
    """Return every kind of fact that may be in the log."""
    return [kind for part in parts for kind in part.facts]


def routes_of(parts: Sequence[Part]) -> list[BaseRoute]:
    """Return the routes of all parts."""
    return [route for part in parts for route in part.routes]


def work_of(
    parts: Sequence[Part], database: Database, store: Blobs, clock: Clock
) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
    """Yield what runs from start to stop: the tasks of the parts, and their jobs."""

    sweeping = Job(name="sweep", every_s=_SWEEP_S, run=partial(swept, database, store, clock))
    for job in (sweeping, *jobs_of(parts)):
        yield job.name, repeat(job)
    for part in parts:
        for task in part.tasks:
            yield part.name, task()


async def swept(database: Database, store: Blobs, clock: Clock) -> None:
    """Delete rows and contents that are past their time; tell if some still are."""
    await sweep_all(database, PROMISES, clock)
    now = clock.now()
    await sweep_blobs(database, store, now)
    late = await database.read(lambda db: overdue(db, PROMISES, now))
    if late is not None and now - late.since > OVERDUE_AFTER:
        _log.error("kept too long: %s, since %s", late.table, late.since.date())


def jobs_of(parts: Sequence[Part]) -> list[Job]:
    """Return the jobs of all parts."""
    return [job for part in parts for job in part.jobs]


async def repeat(job: Job) -> None:
    """Do ``job`` again and again. What failed for a known reason is tried at the next turn."""
    while True:
        try:
            await job.run()
        except AllmendeError as failure:
            _log.warning("job %s failed: %s", job.name, failure.message_id)
        await asyncio.sleep(job.every_s)
