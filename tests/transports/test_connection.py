import asyncio

import pytest

from allmende.config import Limits
from tests.transports.talking import ask, get, served, talk, until


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/", 15_000, b"200"),
        ("/", 17_000, b"431"),
        ("/rtc/v1", 60_000, b"404"),
        ("/rtc/v1", 66_000, b"431"),
    ],
)
def test_a_header_block_has_a_size(path: str, size: int, status: bytes) -> None:
    assert ask(get(path, "x-a: " + "a" * size)).split(b" ")[1] == status


def test_a_header_block_that_never_ends_is_refused_at_its_limit() -> None:
    assert b" 431 " in ask(b"GET / HTTP/1.1\r\nx-a: ", b"a" * 17_000)


def test_many_requests_on_one_connection_are_not_one_long_header() -> None:
    keep = b"GET / HTTP/1.1\r\nhost: localhost\r\nx-a: " + b"a" * 9_000 + b"\r\n\r\n"
    assert ask(keep, keep, keep, get()).count(b"HTTP/1.1 200") == 4


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nhost", b""])
def test_slow_headers_are_given_up(sent: bytes) -> None:
    answer = ask(sent, limits=Limits(header_s=0.05))
    assert answer.startswith(b"HTTP/1.1 408") if sent else answer == b""


def test_what_is_not_http_is_refused() -> None:
    assert ask(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_connections_of_one_address_are_limited() -> None:
    async def body() -> tuple[bytes, bytes]:
        async with served(Limits(connections_per_address=2)) as listeners:
            held = [await asyncio.open_connection("127.0.0.1", listeners.port) for _ in range(2)]
            await until(lambda: listeners.connections == 2)
            refused = await talk(listeners.port, get())
            for _, writer in held:
                writer.close()
                await writer.wait_closed()
            await until(lambda: listeners.connections == 0)
            return refused, await talk(listeners.port, get())

    refused, later = asyncio.run(body())
    assert refused.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 10" in refused
    assert later.startswith(b"HTTP/1.1 200")


def test_a_web_socket_with_a_long_target_opens_and_gives_its_place_back() -> None:
    async def body() -> tuple[bytes, bytes]:
        upgrade = (
            "connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13",
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        )  # fmt: skip
        async with served(Limits(connections_per_address=1)) as listeners:
            request = get("/rtc/v1?" + "a" * 50_000, *upgrade).replace(
                b"connection: close\r\n", b""
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", listeners.port)
            writer.write(request)
            first = await reader.readuntil(b"50000")
            writer.close()
            await until(lambda: listeners.connections == 0)
            return first, await talk(listeners.port, get())

    first, second = asyncio.run(body())
    assert first.startswith(b"HTTP/1.1 101")
    assert b"50000" in first
    assert second.startswith(b"HTTP/1.1 200")
