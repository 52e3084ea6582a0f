import asyncio
from collections.abc import Iterator

import pytest

from bench.processes import MIB, family
from bench.served import Served
from tests.hostile.connections import Who, key_of
from tests.hostile.legs import GOOD
from tests.hostile.padwire import Hand
from tests.hostile.voice.hall import Hall, Street, hall_of

TITLE = "Platz"
MOST_MORE_MIB = 32
"""How much memory an attack may leave behind: buffers of the kernel's calls, freed later."""


@pytest.fixture(scope="session")
def street(server: Served, voice_port: int, admin: str) -> Street:
    """A room without a door in a group of ada."""

    async def make() -> Street:
        async with Hand(server.url) as ada:
            await ada.sign_in(admin, GOOD)
            room = await ada.make_room(await ada.make_group("Viertel"), TITLE)
            page = f"/r/{room.slug}/settings"
            await ada.fill(page, page, name=TITLE, lobby="off")
            token = await ada.make_link(room, "speak")
            secret = await key_of(Who(admin, ada, ada), "voice")
            return Street(voice_port, room, TITLE, token, admin, secret)

    return asyncio.run(make())


@pytest.fixture(scope="session")
def square(street: Street) -> Iterator[Hall]:
    """Three people who talk all the time."""
    with hall_of(street) as hall:
        yield hall


@pytest.fixture
def hall(square: Hall, server: Served) -> Iterator[Hall]:
    """Whatever the test does, the people in the same room notice nothing."""
    before = bytes_of(server)
    square.begin()
    yield square
    square.check()
    assert bytes_of(server) - before <= MOST_MORE_MIB * MIB


def bytes_of(server: Served) -> int:
    """The memory of all processes."""
    return sum(each.rss_bytes() for each in family(server.process.pid))
