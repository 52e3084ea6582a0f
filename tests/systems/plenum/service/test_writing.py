"""No heading is lost and none stands twice, whatever fails or dies in between."""

import asyncio
from itertools import count

import pytest

from allmende.core.errors import Unavailable
from allmende.core.ids import PadId
from allmende.systems.plenum.model.agenda import Begin, Next
from allmende.systems.plenum.model.assembly import Close, Pause, Resume, Start
from allmende.systems.plenum.service.writing import FIRST_RETRY, LONGEST_RETRY, MOST_TRIES
from allmende.transports.tasks import background
from tests.systems.plenum.conftest import Hall, item

AGENDA = "1. Runde (15 min)\n2. Umzug (30 min)\n3. Fest (5 min)\n"
KEYS = ["start", "item1-start", "break1-start", "break1-end", "item1-end", "item2-start",
    "item2-end", "end1"]  # fmt: skip


def keys(hall: Hall) -> list[str]:
    """The keys of what was written, without the number of the assembly."""
    return [key.partition("-")[2] for key in hall.fake.pads[PadId(1)].keys]


def held(hall: Hall) -> None:
    hall.open(AGENDA)
    for event in (Start(), Next(), Pause(), Resume(), Begin(item(2)), Close()):
        hall.act(event)


def test_each_heading_is_written_once_in_order(hall: Hall) -> None:
    held(hall)
    for _ in range(2):
        hall.write()
    assert keys(hall) == KEYS


def test_what_cannot_be_written_now_is_written_later_in_order(hall: Hall) -> None:
    held(hall)
    hall.fake.failure = Unavailable("storage.busy")
    hall.write()
    hall.fake.failure = None
    hall.write()
    assert keys(hall) == []
    hall.clock.turn(seconds=2 * FIRST_RETRY.total_seconds())
    hall.write()
    assert keys(hall) == KEYS


def test_it_is_given_up_after_days_and_minutes_that_are_gone_at_once(hall: Hall) -> None:
    held(hall)
    hall.fake.failure = Unavailable("storage.busy")
    for _ in range(MOST_TRIES + 1):
        hall.write()
        hall.clock.turn(seconds=LONGEST_RETRY.total_seconds())
    hall.fake.failure = None
    hall.write()
    assert keys(hall) == []
    hall.open()
    hall.act(Start())
    hall.fake.pads.clear()
    hall.write()
    assert not hall.fake.pads


@pytest.mark.slow
def test_a_hundred_crashes_lose_nothing_and_write_nothing_twice(hall: Hall) -> None:
    """The process dies before the pad has it, or after that and before the row is gone."""
    turns = count()

    class Killed(BaseException):
        """The process is gone."""

    def deadly(_: str) -> None:
        if next(turns) * 7 % 10 < 4:
            raise Killed

    hall.fake.appending = hall.fake.appended = deadly
    held(hall)
    for _ in range(100):
        hall.plenum = hall.built()
        try:
            hall.write()
        except Killed:
            continue
    assert keys(hall) == KEYS


def test_after_seven_days_the_minutes_are_read_only(hall: Hall) -> None:
    held(hall)
    hall.later(days=6.9)
    assert not hall.fake.pads[PadId(1)].frozen
    hall.later(days=0.2)
    assert hall.fake.pads[PadId(1)].frozen
    hall.fake.pads[PadId(1)].frozen = False
    hall.later(days=1)
    assert not hall.fake.pads[PadId(1)].frozen


def test_frozen_is_only_what_is_there(hall: Hall) -> None:
    held(hall)
    hall.fake.pads.clear()
    hall.later(days=8)
    hall.later(days=1)


def test_the_hand_that_writes_wakes_when_something_happens(hall: Hall) -> None:
    async def story() -> None:
        written = asyncio.Event()

        def told(key: str) -> None:
            if key.endswith("end1"):
                written.set()

        hall.fake.appended = told
        async with background(hall.plenum.writing.run()):
            hall.plenum.writing.wake()
            async with asyncio.timeout(10):
                await written.wait()

    held(hall)
    hall.run(story())
