"""A seat with the real SDK. In a call: tests/interop/demo."""

import asyncio

import pytest

from allmende.cli.demo.browser import Inside, Unreachable
from allmende.cli.demo.media import Seat
from allmende.cli.demo.script import load
from tests.ports import free_port

pytestmark = [pytest.mark.interop, pytest.mark.slow]


def test_a_call_that_is_not_there_is_unreachable() -> None:
    async def taken() -> None:
        seat = Seat(load("de").people[0], 0, camera=True)
        async with seat.taken(Inside(f"http://127.0.0.1:{free_port()}", "token", "x")):
            pass

    with pytest.raises(Unreachable):
        asyncio.run(taken())


def test_who_is_in_no_call_is_not_heard() -> None:
    seat = Seat(load("de").people[0], 0, camera=False)
    asyncio.run(seat.talk(0.1))
    assert not seat.gone.is_set()
