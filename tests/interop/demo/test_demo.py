"""``allmende demo``, as somebody who follows its link finds it, with the PyPI ``livekit`` SDK."""

import asyncio
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from allmende.cli.demo.script import Deed, load
from allmende.cli.demo.stage import MEMORY, clear_dead
from bench.processes import family
from bench.visitor import Place, Refused, Visitor
from tests.servers import HOUSE

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.alone]

BOTS = 7
LINK_S = 60.0
"""A busy machine may need longer than the 10 s that a calm one keeps."""

ALIVE_S = 10.0
MINUTES_S = 40.0
STOP_S = 5.0
AGAIN_S = 0.2


class Demo:
    """The command in a process of its own."""

    def __init__(self) -> None:
        words = ("--bots", str(BOTS), "--cameras", "2", "--speed", "4")
        self.process = subprocess.Popen(
            (sys.executable, "-m", "allmende", "demo", *words),
            cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.facilitators, self.guests = self._read_links()
        self.url = f"http://{urlsplit(self.guests).netloc}"
        self.family = [one.pid for one in family(self.process.pid)]

    def _read_links(self) -> list[str]:
        stdout = self.process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(stdout, selectors.EVENT_READ)
            assert ready.select(LINK_S), "no link"
        return re.findall(r"http://\S+", stdout.readline() + stdout.readline())

    def close(self) -> None:
        """End it, however it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def demo() -> Iterator[Demo]:
    running = Demo()
    yield running
    running.close()
    clear_dead(MEMORY)


def folders() -> list[Path]:
    return list(MEMORY.glob("allmende-demo-*"))


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def none_is_left(pids: list[int], within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > until_s:
            return False
        os.sched_yield()
    return True


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, as a page does that renews itself."""
    while True:
        if await asked():
            return
        await asyncio.sleep(AGAIN_S)


async def enter(visitor: Visitor, link: str) -> Place:
    """Come in by the link for guests: wait at the door until a bot opens it."""
    room, token = await door(visitor, link)

    async def is_inside() -> bool:
        return await visitor.join(room, "Besuch", link=token) is not None

    await until(is_inside)
    return room


async def door(visitor: Visitor, link: str) -> tuple[Place, str]:
    """The room that a link leads to, and what gives the right to enter."""
    parts = urlsplit(link)
    token = parse_qs(parts.query)["g"][0]
    return await visitor.place(parts.path.split("/")[2], token), token


async def all_are_in(visitor: Visitor, room: Place) -> bool:
    state = await visitor.page(f"/api/v1/rooms/{room.room_id}/call")
    found = re.search(r'"people":(\d+)', state)
    return found is not None and int(found[1]) >= BOTS


async def is_written(visitor: Visitor, room: Place, line: str) -> bool:
    state = await visitor.page(f"/api/v1/rooms/{room.room_id}/plenum")
    found = re.search(r'"minutes":\{"path":"([^"]+)"', state)
    return found is not None and line in await visitor.page(f"{found[1]}/export/txt")


def test_a_guest_finds_a_living_plenum_and_its_minutes_are_written(demo: Demo) -> None:
    line = next(act.text for act in load("de").topics[0].acts if act.deed is Deed.WRITES)

    async def visit() -> None:
        async with Visitor(demo.url) as visitor:
            async with asyncio.timeout(ALIVE_S):
                room = await enter(visitor, demo.guests)
                await until(lambda: all_are_in(visitor, room))
            async with asyncio.timeout(MINUTES_S):
                await until(lambda: is_written(visitor, room, line))
            assert await visitor.read(room)

    asyncio.run(visit())


def test_the_first_link_facilitates_and_the_second_does_not(demo: Demo) -> None:
    async def visit() -> None:
        async with Visitor(demo.url) as facilitator, Visitor(demo.url) as guest:
            room, token = await door(facilitator, demo.facilitators)
            inside = await facilitator.join(room, "Besuch", link=token)
            assert inside is not None, "who facilitates does not wait"
            assert inside.role == "facilitator"
            await facilitator.call(room, "lock", {"on": False})
            await enter(guest, demo.guests)
            with pytest.raises(Refused, match="403"):
                await guest.call(room, "lock", {"on": True})

    asyncio.run(visit())


def test_ctrl_c_ends_everything_and_nothing_is_left(demo: Demo) -> None:
    assert folders()
    began_s = time.monotonic()
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(STOP_S) == 0
    assert none_is_left(demo.family, STOP_S - (time.monotonic() - began_s))
    assert not folders()
    assert demo.process.stderr is not None
    assert "Traceback" not in demo.process.stderr.read()


def test_no_bot_is_left_when_the_command_is_killed(demo: Demo) -> None:
    demo.process.kill()
    demo.process.wait()
    assert none_is_left(demo.family, STOP_S)
    assert folders()
    clear_dead(MEMORY)
    assert not folders()
