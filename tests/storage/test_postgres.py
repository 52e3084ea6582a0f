"""What is particular to PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from allmende.core.errors import Unavailable
from allmende.storage.postgres import PostgresDatabase, open_postgres
from tests.databases import Place
from tests.storage.notes import adding, count_notes, make_table, read, write

pytestmark = pytest.mark.postgres


@pytest.fixture
def elephant(postgres_place: Place) -> Iterator[PostgresDatabase]:
    make_table(postgres_place)
    inner = PostgresDatabase(postgres_place.url)
    yield inner
    inner.close()


def setting(name: str) -> Callable[[Connection], Any]:
    return lambda db: db.execute(text(f"SHOW {name}")).scalar_one()


def test_changes_are_serialisable_and_questions_read_one_snapshot(
    elephant: PostgresDatabase,
) -> None:
    assert asyncio.run(elephant.write(setting("transaction_isolation"))) == "serializable"
    assert asyncio.run(elephant.write(setting("synchronous_commit"))) == "on"
    assert read(elephant, setting("transaction_isolation")) == "repeatable read"
    assert read(elephant, setting("transaction_read_only")) == "on"
    assert read(elephant, setting("statement_timeout")) == "5s"


def test_a_broken_connection_is_unavailable_once_and_then_made_anew(
    elephant: PostgresDatabase,
) -> None:
    kill = text("SELECT pg_terminate_backend(pg_backend_pid())")
    for ask in (read, write):
        with pytest.raises(Unavailable) as broken:
            ask(elephant, lambda db: db.execute(kill).scalar_one())
        assert broken.value.message_id == "storage.unavailable"
    assert isinstance(asyncio.run(elephant.write(adding("after"))), int)
    assert read(elephant, count_notes) == 1


def test_a_server_that_is_not_there_refuses_the_start(postgres_place: Place) -> None:
    async def story() -> None:
        async with open_postgres("postgresql://postgres@/postgres?host=/nowhere"):
            raise AssertionError("opened")

    with pytest.raises(Exception, match="nowhere"):
        asyncio.run(story())


def test_twenty_writers_on_eight_connections_all_get_through(elephant: PostgresDatabase) -> None:
    async def writer(number: int) -> None:
        for turn in range(5):
            await elephant.write(adding(f"{number}-{turn}"))

    async def story() -> None:
        await asyncio.gather(*(writer(number) for number in range(20)))

    asyncio.run(story())
    assert read(elephant, count_notes) == 100
