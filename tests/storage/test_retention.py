"""What is kept ends when it was promised to end."""

import asyncio
import importlib
import pkgutil
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, func, insert, select

import allmende
from allmende.storage.retention import SWEEP_ROWS, Kept, sweep, sweep_all
from allmende.storage.types import RowId, UtcTime, metadata
from tests.databases import Twice
from tests.storage.notes import NOON

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
    swept = asyncio.run(sweep_all(database, [kept], NOON + timedelta(days=2)))
    assert swept == count - SWEEP_ROWS
    left = select(func.count()).select_from(pairs)
    assert asyncio.run(database.read(lambda db: db.execute(left).scalar_one())) == 0


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
