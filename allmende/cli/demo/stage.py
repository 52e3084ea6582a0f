"""Opens a house with a living plenum in it, and leaves nothing behind.

    async with opened(Wish()) as demo:
        ...  # demo.facilitators and demo.guests are links

The house is the usual one, on loopback, with a folder in memory. The bots are a process of
their own and know nothing but the address, and the invite that every new house gives once.
"""

import asyncio
import importlib.util
import os
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import msgspec

from allmende.app import House, house
from allmende.config import Config
from allmende.core.clock import SystemClock

MEMORY: Final = Path("/dev") / "shm"
READY_S: Final = 45.0
LEAVE_S: Final = 2.0
NEEDED: Final = ("httpx", "livekit", "websockets")
_PREFIX: Final = "allmende-demo-"
_CALM: Final = 20_000
"""Packets a second of a core that is shared with bots and a browser; measuring takes a second."""


class DemoImpossible(Exception):
    """The demo cannot start; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the demo shall be. ``port`` 0: any."""

    language: str = "de"
    bots: int = 8
    cameras: int = 3
    speed: float = 1.0
    port: int = 0


class Running(Protocol):
    """A process that may end."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    async def wait(self) -> int:
        """Wait until it is over; return its exit code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """An open demo. ``facilitators`` and ``guests`` are whole links into its room."""

    url: str
    facilitators: str
    guests: str
    bots: Running

    async def ended(self) -> None:
        """Wait until the bots are gone, which they are not by themselves."""
        await self.bots.wait()


@asynccontextmanager
async def opened(wish: Wish) -> AsyncIterator[Demo]:
    """Open everything; at the end nothing is left. Raises DemoImpossible, and what ``house`` does.

    The bots come one after the other; they are all there some seconds later.
    """
    require_extra()
    memory = MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
    clear_dead(memory)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory) as folder:
        config = config_of(wish, Path(folder) / "data")
        # The bots take as long to start as the house, so they start first.
        async with _bots() as process, house(config, SystemClock()) as open_house:
            links = await _links(process, wish, open_house)
            try:
                yield Demo(url=open_house.url, bots=process, **links)
            finally:
                await _leave(process)


def require_extra() -> None:
    """Raise DemoImpossible unless the libraries of the bots are installed."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise DemoImpossible('The demo needs some more libraries: pip install "allmende[demo]"')


def config_of(wish: Wish, data: Path) -> Config:
    """Return the configuration of a house that only this machine reaches."""
    told = {
        "data": str(data),
        "web": {"port": wish.port, "listen": ["127.0.0.1"]},
        "media": {"udp_port": 0, "tcp_port": 0, "packets_per_second": _CALM},
        "voice": {"port": 0},
    }
    return msgspec.convert(told, Config)


def clear_dead(memory: Path) -> None:
    """Remove the folders of demos that were killed and could not do it themselves."""
    for folder in memory.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _bots() -> AsyncIterator[Process]:
    """Start the process of the bots; at the end it is gone."""
    command = (sys.executable, "-m", "allmende.cli.demo.bots")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        await _leave(process)


async def _links(process: Process, wish: Wish, open_house: House) -> dict[str, str]:
    """Tell the bots what is wanted; return the links that they answer with."""
    if process.stdin is None or process.stdout is None:
        raise DemoImpossible("The bots cannot be told anything.")
    wanted = {
        "url": open_house.url,
        "invite": open_house.invite or "",
        "language": wish.language,
        "bots": wish.bots,
        "cameras": wish.cameras,
        "speed": wish.speed,
    }
    process.stdin.write(msgspec.json.encode(wanted) + b"\n")
    line = b""
    try:
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
    except TimeoutError:
        raise DemoImpossible(f"The bots did not come within {READY_S:.0f} seconds.") from None
    if not line:
        raise DemoImpossible("The bots could not come; `allmende check` may say why.")
    return msgspec.json.decode(line, type=dict[str, str])


async def _leave(process: Process) -> None:
    """Let the bots leave by closing their input; end them if they do not."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(LEAVE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
