"""Connections that begin and go no further, by the thousand, and requests that take for ever."""

import asyncio
import re
import socket
from contextlib import ExitStack

import httpx
import pytest

from bench.served import Served
from bench.visitor import Visitor
from tests.hostile.legs import leg
from tests.hostile.neighbours import Neighbours

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("neighbours")]

HALF_OPEN = 10_000
AT_ONCE = 250
CROWD = 1000
SLOW = 200
POST = b"POST /start HTTP/1.1\r\nhost: localhost\r\n"
FORM = b"content-type: application/x-www-form-urlencoded\r\n"
ELSEWHERE = ("127.0.0.2", 0)
"""Where attackers come from, so that those who are counted with them are only they."""


def opened(port: int, source: tuple[str, int] = ELSEWHERE) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 10, source)


def port_of(server: Served) -> int:
    return int(server.url.rpartition(":")[2])


def test_10_000_half_open_connections_keep_nobody_from_calling_over_tcp(
    server: Served, media_port: int, neighbours: Neighbours
) -> None:
    async def call() -> None:
        async with leg(server.url) as attacker:
            await attacker.connect(tcp=True)

    with ExitStack() as stack:
        for number in range(HALF_OPEN):
            stack.enter_context(opened(media_port))
            if number % AT_ONCE == 0:
                neighbours.hear(1)
        asyncio.run(call())


def test_a_crowd_at_the_web_port_is_told_to_come_back_later(server: Served) -> None:
    with ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(opened(port_of(server)))
        one_more = stack.enter_context(opened(port_of(server)))
        said = one_more.recv(1000)
        assert said.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after:" in said.lower()
        assert httpx.get(f"{server.url}/health.json").status_code == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ",
        b"G",
        POST + FORM + b"content-length: 1000\r\n\r\nname=",
        POST + FORM + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
        POST + b"content-length: 1000\r\n\r\nrefused before it is read",
        POST + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
    ],
)
def test_a_request_that_never_ends_is_given_up(server: Served, begun: bytes) -> None:
    with opened(port_of(server)) as slow:
        slow.sendall(begun)
        said = slow.recv(1000)
        assert not said or re.match(rb"HTTP/1\.1 (408|400|413) ", said), said
        while said:
            said = slow.recv(1000)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 17_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", b"431"),
        (POST + FORM + b"content-length: 99999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), b"400"),
        (b"\x00" * 100, b"400"),
    ],
)
def test_a_head_that_is_none_is_refused(server: Served, head: bytes, status: bytes) -> None:
    with opened(port_of(server)) as sender:
        sender.sendall(head)
        assert sender.recv(1000).split(b" ")[1] == status


def test_pages_are_answered_beside_slow_requests(server: Served) -> None:
    async def story() -> None:
        async with Visitor(server.url) as visitor:
            room = await visitor.start_room("Trotzdem")
            assert await visitor.join(room, "Mara", link=room.link) is not None

    with ExitStack() as stack:
        for _ in range(SLOW):
            slow = stack.enter_context(opened(port_of(server)))
            slow.sendall(POST + FORM + b"content-length: 99\r\n\r\nx")
        asyncio.run(story())
