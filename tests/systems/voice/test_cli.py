"""What the operator types."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from click.testing import CliRunner

from allmende.core.ids import RoomId
from allmende.storage.database import Database
from allmende.systems.voice import store
from allmende.systems.voice.cli import voice
from tests.systems.voice.harbour import Harbour, Scene, run

T = TypeVar("T")


class House:
    """A house with a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def done() -> T:
            return await work(self._database)

        return asyncio.run(done())


def test_who_prints_rooms_and_numbers_and_no_names(sqlite: Database) -> None:
    house = House(sqlite)
    house.run(lambda db: db.write(lambda c: store.count_people(c, RoomId(7), 3)))
    shown = CliRunner().invoke(voice, ["who"], obj=house)
    assert shown.output.split() == ["7", "3"]
    as_json = CliRunner().invoke(voice, ["who", "--json"], obj=house)
    assert json.loads(as_json.output) == [{"room": 7, "people": 3}]


def test_the_counts_are_those_of_the_legs(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            await harbour.voice.tick()
            found = await harbour.database.read(store.people_by_room)
            assert found == [(scene.room.id, 2)]
            await harbour.voice.leave(harbour.leg(ada))
            await harbour.voice.leave(harbour.leg(mel))
            await harbour.voice.tick()
            assert await harbour.database.read(store.people_by_room) == []

    run(story())
