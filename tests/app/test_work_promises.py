"""Every promise about what is kept: it ends when it says, and every column has one."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, LargeBinary, select

from allmende.app.work import PROMISES
from allmende.identity.jobs import jobs
from allmende.storage.retention import Kept, overdue, sweep_all
from allmende.storage.types import Text, UtcTime, metadata
from allmende.systems.chat.jobs import upload_jobs
from allmende.systems.pads.jobs import pad_jobs
from allmende.systems.pads.service.thinning import Thinning
from tests.app.rows import add_row, wanted_by
from tests.databases import AnyDatabase, Place
from tests.identity.town import HandClock, Town

JUST = timedelta(microseconds=1)


@pytest.fixture
def opened(place: Place) -> Iterator[AnyDatabase]:
    inner = place.open()
    yield inner
    inner.close()


def ended(kept: Kept) -> bool:
    return kept.days is not None or bool(kept.ended_by)


def named(kept: Kept) -> str:
    return f"{kept.table.name}-{kept.days}-{kept.column}"


WITH_END = [kept for kept in PROMISES if ended(kept)]


def ends_at(kept: Kept) -> str:
    if kept.column:
        return kept.column
    return next(column.name for column in kept.table.c if isinstance(column.type, UtcTime))


def around(kept: Kept, now: datetime) -> tuple[object, object]:
    """Return a time that is just past and one that is not yet."""
    edge = now - timedelta(days=kept.days or 0)
    if kept.rounded is None:
        return edge - JUST, edge
    return kept.rounded(edge - timedelta(days=7)), kept.rounded(edge)


@pytest.mark.parametrize("kept", WITH_END, ids=named)
def test_a_row_goes_just_after_its_end_and_not_just_before(opened: AnyDatabase, kept: Kept) -> None:
    clock, column = HandClock(), ends_at(kept)
    key = kept.table.primary_key.columns.keys()

    def setup(db: Connection) -> list[tuple[object, ...]]:
        rows = [
            add_row(db, kept.table, clock.now(), {**wanted_by(kept.only), column: at})
            for at in around(kept, clock.now())
        ]
        add_row(db, kept.table, clock.now(), {})  # the newest row of the log stays
        return [tuple(row[name] for name in key) for row in rows]

    def left(db: Connection) -> set[tuple[object, ...]]:
        found = select(*kept.table.primary_key.columns)
        return {tuple(row) for row in db.execute(found)}

    gone, stays = asyncio.run(opened.write(setup))
    late = asyncio.run(opened.read(lambda db: overdue(db, [kept], clock.now())))
    assert late is not None
    assert late.table == kept.table.name
    asyncio.run(sweep_all(opened, [kept], clock))
    found = asyncio.run(opened.read(left))
    assert stays in found
    assert (gone in found) == bool(kept.ended_by)
    late = asyncio.run(opened.read(lambda db: overdue(db, [kept], clock.now())))
    assert (late is None) == (not kept.ended_by)


def test_nothing_is_overdue_in_an_empty_house_however_late(sqlite: AnyDatabase) -> None:
    clock = HandClock()
    clock.turn(days=1000)
    assert asyncio.run(sweep_all(sqlite, PROMISES, clock)) >= 0
    assert asyncio.run(sqlite.read(lambda db: overdue(db, PROMISES, clock.now()))) is None


def about_people() -> list[str]:
    """Columns that may say something about a person: texts, bytes, times, whose it is."""
    found = []
    for table in metadata.tables.values():
        for column in table.columns:
            owned = any(key.column.table.name == "identity_account" for key in column.foreign_keys)
            named = column.name in {"account_id", "guest_id", "author_id", "session_id"}
            kind = column.type
            free = isinstance(kind, (Text, LargeBinary, UtcTime))
            if owned or named or free:
                found.append(f"{table.name}.{column.name}")
    return found


def test_every_column_that_may_be_about_a_person_is_said_to_be_or_not() -> None:
    said = {
        f"{kept.table.name}.{column}"
        for kept in PROMISES
        for column in (*kept.personal.split(), *kept.plain.split())
    }
    assert set(about_people()) - said == set()
    tables = metadata.tables.values()
    known = {f"{table.name}.{column.name}" for table in tables for column in table.c}
    assert said - known == set()


def test_no_column_is_both_about_a_person_and_not() -> None:
    for kept in PROMISES:
        assert set(kept.personal.split()) & set(kept.plain.split()) == set()


def test_what_a_job_of_its_own_ends_has_that_job(sqlite: AnyDatabase) -> None:
    names = {job.name for job in jobs(Town(sqlite).identity)}
    names |= {job.name for job in pad_jobs(Nobody(), Thinning(sqlite, HandClock()))}
    names |= {job.name for job in upload_jobs(Nobody())}
    assert {kept.ended_by for kept in PROMISES} - {""} <= names


class Nobody:
    """Ends nothing: only the names of jobs are looked at."""

    async def end_over(self) -> None: ...

    async def end_links(self) -> None: ...

    async def end_of_rooms(self) -> None: ...
