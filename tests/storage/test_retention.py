"""What is kept ends when it was promised to end."""

import asyncio
import importlib
import pkgutil
from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, TypeVar

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, func, insert, select

import allmende
from allmende.storage.retention import (
    FIRST_ROWS,
    SWEEP_ROWS,
    Kept,
    Overdue,
    next_size,
    overdue,
    sweep,
    sweep_all,
)
from allmende.storage.types import RowId, Text, UtcTime, metadata
from tests.databases import Twice
from tests.storage.notes import NOON

T = TypeVar("T")

things = Table(
    "thing",
    MetaData(),
    Column("id", RowId, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime),
)
pairs = Table(
    "pair",
    things.metadata,
    Column("a", BigInteger, primary_key=True),
    Column("b", BigInteger, primary_key=True),
    Column("at", UtcTime, nullable=False),
)


class StandingClock:
    """A clock on which each look at the seconds takes ``each_s``."""

    def __init__(self, at: datetime, each_s: float = 0.0) -> None:
        self._at, self._each_s, self._passed_s = at, each_s, 0.0

    def now(self) -> datetime:
        return self._at

    def monotonic_s(self) -> float:
        self._passed_s += self._each_s
        return self._passed_s


visits = Table(
    "visit",
    things.metadata,
    Column("id", RowId, primary_key=True),
    Column("week", Text, nullable=False),
)


def week(at: datetime) -> str:
    year, number, _ = at.isocalendar()
    return f"{year:04}-W{number:02}"


BY_AGE = Kept(things, days=28, why="test", column="made_at")
BY_END = Kept(things, days=0, why="test", column="ends_at")


def test_rows_past_their_time_go_and_others_stay(database: Twice) -> None:
    day = timedelta(days=1)
    rows: list[dict[str, Any]] = [
        {"made_at": NOON - 29 * day, "ends_at": None},
        {"made_at": NOON - 28 * day, "ends_at": None},
        {"made_at": NOON, "ends_at": NOON - timedelta(microseconds=1)},
        {"made_at": NOON, "ends_at": NOON + day},
    ]

    def setup(db: Connection) -> None:
        things.create(db)
        db.execute(insert(things), rows)

    asyncio.run(database.write(setup))
    assert asyncio.run(database.write(lambda db: sweep(db, BY_AGE, NOON))) == 1
    assert asyncio.run(database.write(lambda db: sweep(db, BY_END, NOON))) == 1
    left = asyncio.run(database.read(lambda db: list(db.execute(select(things.c.id)).scalars())))
    assert len(left) == 2


def test_many_rows_go_in_small_changes_also_with_a_key_of_two(database: Twice) -> None:
    count = 2 * SWEEP_ROWS + 7

    def setup(db: Connection) -> None:
        pairs.create(db)
        db.execute(insert(pairs), [{"a": n % 7, "b": n, "at": NOON} for n in range(count)])

    asyncio.run(database.write(setup))
    kept = Kept(pairs, days=1, why="test")
    assert (
        asyncio.run(database.write(lambda db: sweep(db, kept, NOON + timedelta(2)))) == SWEEP_ROWS
    )
    swept = asyncio.run(sweep_all(database, [kept], StandingClock(NOON + timedelta(days=2))))
    assert swept == count - SWEEP_ROWS
    left = select(func.count()).select_from(pairs)
    assert asyncio.run(database.read(lambda db: db.execute(left).scalar_one())) == 0


class Counting:
    """A database that notes how many rows each sweep took at once."""

    def __init__(self, inner: Twice) -> None:
        self._inner = inner
        self.took: list[int] = []

    async def read(self, question: Callable[[Connection], T]) -> T:
        return await self._inner.read(question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        rows = await self._inner.write(change)
        assert isinstance(rows, int)
        self.took.append(rows)
        return rows

    async def tidy(self) -> None:
        await self._inner.tidy()


@pytest.mark.parametrize(
    ("each_s", "took"), [(0.001, [50, 100, 50]), (0.02, [50] * 4 + [0]), (0.03, [50, 25, 12, 6])]
)
def test_a_sweep_takes_as_many_rows_as_are_quick(
    database: Twice, each_s: float, took: list[int]
) -> None:
    def setup(db: Connection) -> None:
        pairs.create(db)
        rows = 4 * FIRST_ROWS
        db.execute(insert(pairs), [{"a": 1, "b": n, "at": NOON} for n in range(rows)])

    asyncio.run(database.write(setup))
    counting = Counting(database)
    clock = StandingClock(NOON + timedelta(days=2), each_s)
    swept = asyncio.run(sweep_all(counting, [Kept(pairs, days=1, why="test")], clock))
    assert swept == 4 * FIRST_ROWS
    assert counting.took[: len(took)] == took


def test_the_size_of_a_sweep_has_bounds() -> None:
    assert next_size(SWEEP_ROWS, 0.001) == SWEEP_ROWS
    assert next_size(1, 5.0) == 1


def test_the_row_that_is_late_for_longest_is_known(database: Twice) -> None:
    day = timedelta(days=1)

    def setup(db: Connection) -> None:
        things.create(db)
        db.execute(insert(things), [{"made_at": NOON - 40 * day, "ends_at": NOON - day}])

    def late(*promises: Kept) -> Overdue | None:
        return asyncio.run(database.read(lambda db: overdue(db, promises, NOON)))

    asyncio.run(database.write(setup))
    assert late(BY_AGE, BY_END) == Overdue("thing", NOON - 12 * day)
    assert late(BY_END) == Overdue("thing", NOON - day)
    assert late(Kept(things, days=None, why="kept")) is None
    by_job = Kept(things, days=None, why="test", column="ends_at", ended_by="a-job")
    assert late(by_job) == Overdue("thing", NOON - day)


def test_what_is_kept_by_weeks_is_late_by_days(database: Twice) -> None:
    def setup(db: Connection) -> None:
        visits.create(db)
        db.execute(insert(visits), [{"week": "2026-W40"}, {"week": "2026-W48"}])

    kept = Kept(visits, days=30, why="test", column="week", rounded=week)
    asyncio.run(database.write(setup))
    late = asyncio.run(database.read(lambda db: overdue(db, [kept], NOON)))
    # Week 40 ended with 4 October; 30 days later it was past, and noon is 19 days after that.
    assert late == Overdue("visit", NOON - timedelta(days=19))
    assert asyncio.run(database.write(lambda db: sweep(db, kept, NOON))) == 1
    assert asyncio.run(database.read(lambda db: overdue(db, [kept], NOON))) is None


def test_a_promise_must_say_which_time_counts() -> None:
    with pytest.raises(ValueError, match="2 times"):
        Kept(things, days=1, why="test")


def test_what_is_kept_until_somebody_deletes_it_is_never_swept(database: Twice) -> None:
    kept = Kept(things, days=None, why="test")
    assert asyncio.run(database.write(lambda db: sweep(db, kept, NOON))) == 0


def store_modules() -> list[ModuleType]:
    """Every module that defines tables: those of storage and each ``store``."""
    found = pkgutil.walk_packages(allmende.__path__, "allmende.")
    names = [
        module.name
        for module in found
        if module.name.startswith("allmende.storage.") or "store" in module.name.split(".")
    ]
    return [importlib.import_module(name) for name in names]


def test_every_table_has_a_promise_beside_it() -> None:
    promised: dict[str, str] = {}
    for module in store_modules():
        for kept in getattr(module, "KEPT", []):
            assert kept.why
            promised[kept.table.name] = module.__name__
    assert set(metadata.tables) == set(promised)
