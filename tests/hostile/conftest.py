import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.served import Served, served
from tests.access.town import Town
from tests.access.world import World
from tests.hostile.legs import GOOD, Keeper
from tests.hostile.neighbours import Neighbours
from tests.ports import free_port

SETTINGS = """
[web]
listen = ["127.0.0.1"]
[voice]
port = 0
[media]
udp_port = {port}
tcp_port = {port}
uplink_mbit = 10000
packets_per_second = 100000
[limits]
header_s = 2
body_slow_s = 2
joins_per_minute = 1000000
open_rooms_per_hour = 1000000
open_rooms_per_address = 1000000
[desk]
recovery_wait_h = 0
[pads]
per_hour = 1000000
per_address = 1000000
"""
"""As on a small server, but with less patience, so that tests need less of it too."""

ANY_VOICE_PORT = "port = 0"
"""Of voice: any port will do. It stands before all other ports."""


@pytest.fixture(scope="session")
def media_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def voice_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, media_port: int, voice_port: int
) -> Iterator[Served]:
    """One server for everything hostile: it has to live through all of it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder: Path = tmp_path_factory.mktemp("hostile")
    settings = SETTINGS.format(port=media_port).replace(ANY_VOICE_PORT, f"port = {voice_port}", 1)
    with served(folder, settings=settings) as running:
        yield running
        assert running.process.poll() is None
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="session")
def admin(server: Served) -> str:
    """The name of an account that may make groups; its password is ``GOOD``."""

    async def make() -> None:
        async with Keeper(server.url) as ada:
            await ada.accept_invite(server.invite, "ada", GOOD)

    asyncio.run(make())
    return "ada"


@pytest.fixture(scope="session")
def hall(server: Served) -> Iterator[Neighbours]:
    """Two people who talk in a room of their own all the time."""
    neighbours = Neighbours(server.url)
    try:
        yield neighbours
    finally:
        neighbours.close()


@pytest.fixture
def neighbours(hall: Neighbours) -> Iterator[Neighbours]:
    """Whatever the test does, the other room notices nothing."""
    hall.begin()
    yield hall
    hall.check()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A whole house in this process, with people and rooms."""
    town = Town(tmp_path_factory.mktemp("house"))
    try:
        yield World(town)
    finally:
        town.close()
