"""The media worker, or the whole server, dies under a call: everybody is back by themselves."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from bench.meet.call import Call, held_call, sources_of
from bench.processes import worker_of
from bench.served import Served
from tests.crash.house import House, Tell, kill_all

pytestmark = pytest.mark.slow

PEOPLE, CAMERAS, TALKERS = 8, 2, 2
BACK_WITHIN_S = 10.0


def in_call(server: Served, story: Callable[[Call], Awaitable[None]]) -> None:
    """Tell ``story`` while people without codecs hold a call."""

    async def told() -> None:
        sources = sources_of(PEOPLE, CAMERAS, TALKERS, 180, simulcast=False)
        async with held_call(server.url, sources) as call:
            await story(call)

    asyncio.run(told())


def renewed(call: Call) -> Callable[[], bool]:
    """Return the question whether everybody has a new connection and all hear all again."""
    before = [person.lives for person in call.people]
    call.begin_counting()

    def answer() -> bool:
        lives = [person.lives for person in call.people]
        anew = all(now > then for now, then in zip(lives, before, strict=True))
        return anew and call.everybody_hears_all()

    return answer


def test_when_the_media_worker_is_killed_everybody_is_back_by_themselves(
    house: House, tell: Tell
) -> None:
    with house.open() as server:

        async def story(call: Call) -> None:
            os.kill(worker_of(server.process.pid).pid, signal.SIGKILL)
            took_s = await call.until(renewed(call), BACK_WITHIN_S)
            tell(f"worker killed: {PEOPLE} people are back after {took_s:.1f} s")

        in_call(server, story)


def test_when_the_server_is_killed_everybody_is_back_after_its_restart(
    house: House, tell: Tell
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(house.open())

        async def story(call: Call) -> None:
            kill_all(server)
            is_back = renewed(call)
            await asyncio.to_thread(stack.enter_context, house.open())
            took_s = await call.until(is_back, BACK_WITHIN_S)
            tell(f"server killed: {PEOPLE} people are back {took_s:.1f} s after its restart")

        in_call(server, story)
