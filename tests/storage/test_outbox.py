"""The log of facts."""

import asyncio
import json
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, func, select

from allmende.core.errors import Conflict
from allmende.storage.cursors import set_cursor
from allmende.storage.outbox import KEPT, events, newest_fact, record
from allmende.storage.retention import sweep
from allmende.storage.types import EPOCH
from tests.databases import Twice
from tests.storage.notes import NOON, NoteMade


def test_a_fact_is_a_row_with_its_name_and_numbers_only(database: Twice) -> None:
    number = asyncio.run(database.write(lambda db: record(db, NoteMade(at=NOON, note_id=7))))
    row = asyncio.run(
        database.read(
            lambda db: tuple(db.execute(select(events).where(events.c.id == number)).one())
        )
    )
    assert row[:2] == (number, "notes.NoteMade")
    assert json.loads(row[2]) == {"at": "2026-11-23T12:00:00Z", "note_id": 7}
    assert row[3] == NOON


def test_a_change_that_fails_tells_nothing(database: Twice) -> None:
    before = asyncio.run(database.read(newest_fact))

    def fails(db: Connection) -> None:
        record(db, NoteMade(at=NOON, note_id=7))
        raise Conflict("test.no")

    with pytest.raises(Conflict):
        asyncio.run(database.write(fails))
    assert asyncio.run(database.read(newest_fact)) == before


def test_the_log_is_swept_after_seven_days_but_its_newest_number_stays(database: Twice) -> None:
    newest = asyncio.run(database.write(lambda db: record(db, NoteMade(at=EPOCH, note_id=1))))
    asyncio.run(database.write(lambda db: sweep(db, KEPT[0], NOON)))
    count = select(func.count()).select_from(events)
    assert asyncio.run(database.read(lambda db: db.execute(count).scalar_one())) == 1
    assert asyncio.run(database.read(newest_fact)) == newest
    later = asyncio.run(database.write(lambda db: record(db, NoteMade(at=NOON, note_id=2))))
    assert later > newest


def test_what_a_subscriber_has_not_read_stays_longer_but_not_for_ever(database: Twice) -> None:
    numbers = [
        asyncio.run(database.write(lambda db: record(db, NoteMade(at=NOON, note_id=1))))
        for _ in range(4)
    ]

    def left(db: Connection) -> list[int]:
        wanted = select(events.c.id).where(events.c.id.in_(numbers)).order_by(events.c.id)
        return list(db.execute(wanted).scalars())

    def swept(days: int) -> list[int]:
        for kept in KEPT:
            later = NOON + timedelta(days=days)
            asyncio.run(database.write(partial(sweep, kept=kept, now=later)))
        return asyncio.run(database.read(left))

    asyncio.run(database.write(lambda db: set_cursor(db, "chat.rooms", numbers[3])))
    asyncio.run(database.write(lambda db: set_cursor(db, "pads.rooms", numbers[1])))
    assert swept(8) == numbers[2:]
    assert swept(31) == numbers[3:]
