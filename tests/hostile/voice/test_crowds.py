"""A thousand connects at once, and those who come and then say nothing (spec voice, 14)."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from allmende.protocols.mumble.messages import Ping
from bench.voice.client import Native, Way
from tests.hostile.voice.hall import Hall, Street
from tests.hostile.voice.peer import HOST, Peer, attempts, is_open, plain_socket

pytestmark = pytest.mark.slow

CONNECTS = 1000
OF_ONE_SOURCE = 64
IN_ALL = 256
PEOPLE = 100
AT_ONCE = 60


@contextmanager
def crowd(port: int, sources: list[str], each: int) -> Iterator[list[socket.socket]]:
    """Connections that say nothing."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(plain_socket(port, source))
            for source in sources
            for _ in range(each)
        ]


def left_of(made: list[socket.socket], most: int) -> int:
    """How many the server keeps, once it keeps no more than ``most``."""
    left = len(made)
    for _ in attempts():
        left = sum(map(is_open, made))
        if left <= most:
            return left
    raise AssertionError(f"{left} are open")


async def come(places: asyncio.Semaphore, way: Way, number: int) -> Native:
    """Come in as soon as fewer wait than may, as clients do that were sent away."""
    async with places:
        return await Native(f"saal{number}", way).enter()


def test_a_thousand_connects_of_one_source_and_a_hall_of_a_hundred_gets_in(
    street: Street, hall: Hall
) -> None:
    async def fill() -> None:
        places, way = asyncio.Semaphore(AT_ONCE), Way(HOST, street.port, street.token)
        async with asyncio.timeout(60):
            people = await asyncio.gather(*(come(places, way, n) for n in range(PEOPLE)))
        for one in people:
            await one.leave()
        assert len({one.session for one in people}) == PEOPLE

    with crowd(street.port, ["127.0.0.2"], CONNECTS) as made:
        assert left_of(made, OF_ONE_SOURCE) > 0
        asyncio.run(fill())


def test_no_more_than_256_wait_whose_they_are(street: Street, hall: Hall) -> None:
    sources = [f"127.0.0.{number}" for number in range(2, 8)]
    with crowd(street.port, sources, OF_ONE_SOURCE) as made:
        assert left_of(made, IN_ALL) > 0
        hall.hear(10)
    with Peer(street.port) as late:  # their places are free again
        late.login("spaet", street.token)


@pytest.mark.parametrize(
    "begun",
    [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/1.1\r\n"],
    ids=["nothing", "a byte", "half a hello", "http"],
)
def test_who_never_finishes_a_handshake_is_in_nobodys_way(
    street: Street, hall: Hall, begun: bytes
) -> None:
    with crowd(street.port, ["127.0.0.3"], OF_ONE_SOURCE) as made:
        for one in made:
            one.setblocking(True)
            one.sendall(begun)
        with Peer(street.port) as peer:
            peer.login("trotzdem", street.token)


def test_half_frames_and_drops_are_waited_for_beside_others(street: Street, hall: Hall) -> None:
    """Before and after the login: a prefix, half a payload, a byte at a time."""
    whole = b"\x00\x03\x00\x00\x00\x02\x08\x07"
    with ExitStack() as stack:
        strangers = [stack.enter_context(Peer(street.port)) for _ in range(5)]
        slow = stack.enter_context(Peer(street.port)).login("langsam", street.token)
        for number, stranger in enumerate(strangers, 1):
            stranger.send_bytes(whole[:number])
        for nth in range(len(whole)):
            slow.send_bytes(whole[nth : nth + 1])
            hall.hear(1)
        assert slow.until(Ping).timestamp == 7
        assert all(is_open(stranger.tls) for stranger in strangers)
