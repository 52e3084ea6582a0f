"""kill -9 of everything, again and again, while people do everything they can do.

Accounts, groups, roles, notices, chat, an assembly, a pad and contents are written at the same
time. After each restart what was acknowledged is there, and nothing is half.
"""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import pytest

from bench.meet.load import SETTINGS
from tests.crash.crowd import Crowd, crowd_of
from tests.crash.cycles import CYCLES, MANY
from tests.crash.house import House, Tell
from tests.crash.pads import pads_checked
from tests.databases import Templates, named

pytestmark = pytest.mark.slow

POSTGRES_SHARE = 10
TORN_STARTS = 5
"""Of so many deaths one is that of a server that only begins to run again."""

RESTART_CPU_S = 5.0
SEED = 4711
ENDLESS = f"""{SETTINGS}invites_per_hour = 100000
requests_per_hour = 100000
[pads]
per_hour = 100000
per_address = 100000
"""


def lose_nothing(house: House, cycles: int, tell: Tell) -> None:
    chance = random.Random(SEED)

    async def story() -> Crowd:
        async with AsyncExitStack() as stack:
            with house.open() as server:
                crowd = await stack.enter_async_context(crowd_of(server, house, chance))
                await crowd.rush(server, chance)
            for cycle in range(1, cycles):
                if cycle % TORN_STARTS == 0:
                    house.tear_start(chance)
                    continue
                with house.open() as server:
                    await crowd.check()
                    await crowd.rush(server, chance)
            with house.open() as server:
                await crowd.check(thorough=True)
                assert "0 faults" in pads_checked(server)
            return crowd

    crowd = asyncio.run(story())
    wall_s, cpu_s = house.ready_after_s[1:], house.ready_cpu_s[1:]
    tell(
        f"{cycles} x kill -9, nothing acknowledged was lost: {crowd.figures()}; "
        f"ready again after {median(wall_s):.1f} s (at most {max(wall_s):.1f} s), "
        f"CPU {median(cpu_s):.1f} s (at most {max(cpu_s):.1f} s)"
    )
    # How long it takes says something about what else the machine does: work counts.
    assert median(cpu_s) <= RESTART_CPU_S


@pytest.fixture
def postgres_house(postgres_server: str, tmp_path: Path, database_templates: Templates) -> House:
    name = database_templates.empty_postgres(postgres_server)
    return House(tmp_path, ENDLESS, named(postgres_server, name))


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, tell: Tell) -> None:
    lose_nothing(House(tmp_path, ENDLESS), CYCLES - CYCLES // POSTGRES_SHARE, tell)


@pytest.mark.postgres
def test_what_was_acknowledged_survives_kill_9_on_postgresql(
    postgres_house: House, tell: Tell
) -> None:
    lose_nothing(postgres_house, max(1, CYCLES // POSTGRES_SHARE), tell)


@pytest.mark.soak
def test_what_was_acknowledged_survives_two_hundred_times(tmp_path: Path, tell: Tell) -> None:
    lose_nothing(House(tmp_path, ENDLESS), MANY, tell)
