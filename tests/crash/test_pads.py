"""kill -9 of the whole server, again and again, while eight people write in one pad.

Before anybody is back, the pad on disk holds all that was acknowledged. Then half of the people
come back with what they had, the others with empty hands, and all see the same text.
"""

import asyncio
import random
from pathlib import Path

import pytest

from bench.pads.editor import new_pad
from bench.pads.load import SETTINGS
from tests.crash.cycles import CYCLES, MANY
from tests.crash.disk import Disk
from tests.crash.house import House, Tell, kill_all
from tests.crash.load import Moment, rush
from tests.crash.pads import Writers, pads_checked
from tests.databases import Templates, named

pytestmark = pytest.mark.slow

WRITERS = 8
MOST_EDITS = 400
SEED = 4711


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path: Path, database_templates: Templates) -> House:
    if request.param == "sqlite":
        return House(tmp_path, SETTINGS)
    server = request.getfixturevalue("postgres_server")
    return House(tmp_path, SETTINGS, named(server, database_templates.empty_postgres(server)))


def lose_nothing(house: House, cycles: int, tell: Tell) -> None:
    chance = random.Random(SEED)

    async def story() -> Writers:
        with house.open() as server:
            writers = Writers(server.url, await new_pad(server.url), WRITERS, chance)
            await rush([writers], Moment(chance, MOST_EDITS), lambda: kill_all(server))
        for _ in range(cycles - 1):
            with house.open() as server:
                await writers.check(Disk(house.data, house.url).read())
                await rush([writers], Moment(chance, MOST_EDITS), lambda: kill_all(server))
        with house.open() as server:
            await writers.check(Disk(house.data, house.url).read())
            assert "0 faults" in pads_checked(server)
        return writers

    writers = asyncio.run(story())
    tell(f"{cycles} x kill -9: {writers.figures()}; none acknowledged was lost")
    assert writers.ledger.acknowledged


def test_no_acknowledged_edit_is_lost(house: House, tell: Tell) -> None:
    lose_nothing(house, max(2, CYCLES // 16), tell)


@pytest.mark.soak
def test_no_acknowledged_edit_is_lost_in_the_long_run(house: House, tell: Tell) -> None:
    lose_nothing(house, MANY // 4, tell)
