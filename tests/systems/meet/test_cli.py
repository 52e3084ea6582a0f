"""``allmende meet``: counts without names, and the end of a call."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest
from click.testing import CliRunner

from allmende.storage.database import Database
from allmende.systems.meet import store
from allmende.systems.meet.cli import meet
from allmende.systems.meet.events import CallEndAsked
from tests.systems.meet.conftest import House

T = TypeVar("T")

pytestmark = pytest.mark.slow


@dataclass
class Line:
    """The command line on the database of a test."""

    house: House

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def done() -> T:
            return await work(self.house.database)

        return self.house.run(done())


def test_who_prints_rooms_and_counts(house: House) -> None:
    room, _ = house.open_room()
    house.run(house.database.write(lambda db: store.count_people(db, room.id, 4)))
    printed = CliRunner().invoke(meet, ["who"], obj=Line(house))
    assert printed.output.split() == [str(room.id), "4"]
    as_json = CliRunner().invoke(meet, ["who", "--json"], obj=Line(house))
    assert json.loads(as_json.output) == [{"room": room.id, "people": 4}]


def test_end_asks_the_running_server(house: House) -> None:
    house.person("ada")  # the log has to begin with something
    room, _ = house.open_room()
    printed = CliRunner().invoke(meet, ["end", room.slug], obj=Line(house))
    assert printed.exit_code == 0
    assert [fact.room_id for fact in house.facts() if isinstance(fact, CallEndAsked)] == [room.id]
