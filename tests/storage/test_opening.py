"""Which database it is."""

import asyncio
from pathlib import Path

import pytest

from allmende.core.errors import Unavailable
from allmende.storage.opening import is_postgres, open_database
from allmende.storage.outbox import newest_fact
from tests.databases import Place


def test_one_line_of_configuration_chooses(place: Place) -> None:
    async def story() -> None:
        committed = asyncio.Event()
        async with open_database(
            place.url, place.data, keys=place.keys, on_commit=committed.set
        ) as database:
            assert await database.read(newest_fact) == 1
            await database.write(newest_fact)
            assert committed.is_set()
            await database.tidy()
        with pytest.raises(Unavailable):
            await database.read(newest_fact)

    asyncio.run(story())


def test_the_number_of_waiting_changes_is_a_setting(place: Place) -> None:
    async def story() -> None:
        async with open_database(place.url, place.data, keys=place.keys, max_waiting=0) as database:
            with pytest.raises(Unavailable):
                await database.write(newest_fact)

    asyncio.run(story())


def test_other_databases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="postgresql"):
        is_postgres("mysql://somewhere")
    assert not is_postgres("")
