"""Secrets of the house."""

import asyncio

from sqlalchemy import Connection

from allmende.storage.secret import secret
from tests.databases import AnyDatabase, Twice


def test_a_secret_is_made_once_and_stays(database: Twice) -> None:
    def two(db: Connection) -> tuple[bytes, ...]:
        return secret(db, "one"), secret(db, "two")

    first = asyncio.run(database.write(lambda db: secret(db, "one")))
    assert len(first) == 32
    assert isinstance(first, bytes)
    assert asyncio.run(database.read(lambda db: secret(db, "one"))) == first
    assert asyncio.run(database.write(lambda db: secret(db, "two"))) != first


def test_everybody_who_asks_first_at_once_gets_the_same_secret(bare: AnyDatabase) -> None:
    async def story() -> list[bytes]:
        return await asyncio.gather(*(bare.write(lambda db: secret(db, "x")) for _ in range(20)))

    assert len(set(asyncio.run(story()))) == 1
