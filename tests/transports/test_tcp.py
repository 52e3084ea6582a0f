"""The listener for programs: who is let in, what they hear, and what ends them."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
import uvloop

from allmende.transports.certificates import Certificates, Use
from allmende.transports.layers import OpenSslLayers, SslLayers
from allmende.transports.tcp import Serve, TcpConnection, TcpLimits, TcpListener, serve_tcp
from allmende.transports.ways import self_signed
from tests.transports.programs import TLS_1_2, TLS_1_3, client, connected, store
from tests.transports.talking import until

Loop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])


@pytest.fixture
def house(tmp_path: Path) -> Certificates:
    return store(tmp_path)


async def echo(connection: TcpConnection) -> None:
    while data := await connection.read():
        connection.write(data)


def asking(house: Certificates) -> SslLayers:
    return SslLayers(house, Use("1.2", (), resumes=False, any_client=True))


@asynccontextmanager
async def listening(
    house: Certificates, serve: Serve = echo, limits: TcpLimits | None = None
) -> AsyncIterator[TcpListener]:
    async with (
        asyncio.timeout(20),
        serve_tcp(
            serve,
            asking(house),
            listen=["127.0.0.1", "::1"],
            port=0,
            limits=limits or TcpLimits(),
        ) as listener,
    ):
        yield listener


def run(loop: Loop, body: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(body())


def stop_reading(writer: asyncio.StreamWriter) -> None:
    cast(asyncio.ReadTransport, writer.transport).pause_reading()


async def closed_by_server(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except (ConnectionError, ssl.SSLError):
        return True


@LOOPS
@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_program_is_served_and_known_by_its_certificate(
    house: Certificates, tmp_path: Path, loop: Loop, version: ssl.TLSVersion
) -> None:
    who, seen = self_signed("mara"), []

    async def serve(connection: TcpConnection) -> None:
        seen.append((connection.certificate, connection.source))
        assert connection.source_key.startswith("fd")
        await echo(connection)

    async def body() -> None:
        async with listening(house, serve) as listener:
            for context in (client(tmp_path, who, version=version), client(tmp_path)):
                async with connected(listener.port, context) as (reader, writer):
                    writer.write(b"hello" * 20_000)
                    assert await reader.readexactly(100_000) == b"hello" * 20_000
            async with connected(listener.port, client(tmp_path), "::1") as (reader, writer):
                writer.write(b"hello")
                assert await reader.readexactly(5) == b"hello"

    run(loop, body)
    assert seen == [(who.der, "127.0.0.1"), (None, "127.0.0.1"), (None, "::1")]


@LOOPS
def test_small_packets_are_not_held_back(house: Certificates, tmp_path: Path, loop: Loop) -> None:
    delays: list[int] = []

    async def serve(connection: TcpConnection) -> None:
        transport = connection._transport
        assert transport is not None
        plain = transport.get_extra_info("socket")
        delays.append(plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await echo(connection)

    async def body() -> None:
        async with (
            listening(house, serve) as listener,
            connected(listener.port, client(tmp_path)) as (reader, writer),
        ):
            writer.write(b"x")
            await reader.readexactly(1)

    run(loop, body)
    assert delays[0] != 0


def test_it_works_by_pyopenssl_as_well(house: Certificates, tmp_path: Path) -> None:
    who, seen = self_signed("mara"), []

    async def serve(connection: TcpConnection) -> None:
        seen.append(connection.certificate)
        await echo(connection)

    async def body() -> None:
        layers = OpenSslLayers(house, "1.2")
        async with (
            asyncio.timeout(20),
            serve_tcp(serve, layers, listen=["127.0.0.1"], port=0) as listener,
            connected(listener.port, client(tmp_path, who)) as (reader, writer),
        ):
            writer.write(b"hello" * 20_000)
            assert await reader.readexactly(100_000) == b"hello" * 20_000

    asyncio.run(body())
    assert seen == [who.der]


def test_only_so_many_may_wait_and_who_signed_in_does_not_count(
    house: Certificates, tmp_path: Path
) -> None:
    served: list[TcpConnection] = []

    async def serve(connection: TcpConnection) -> None:
        served.append(connection)
        await echo(connection)

    async def body() -> None:
        limits = TcpLimits(waiting_per_source=2, waiting=3)
        context = client(tmp_path)
        async with listening(house, serve, limits) as listener, AsyncExitStack() as stack:

            async def come(host: str = "127.0.0.1") -> asyncio.StreamReader:
                reader, _ = await stack.enter_async_context(connected(listener.port, context, host))
                return reader

            await come()
            await come()
            with pytest.raises((ConnectionError, ssl.SSLError)):
                await come()
            await come("::1")
            with pytest.raises((ConnectionError, ssl.SSLError)):
                await come("::1")
            await until(lambda: len(served) == 3)
            served[0].signed_in()
            served[0].signed_in()
            assert listener.room.waiting == 2
            await come()
            await until(lambda: len(served) == 4)
            served[1].close()
            await come()
            assert len(listener.connections) == 4
        assert listener.room.waiting == 0
        assert not listener.connections

    asyncio.run(body())


def test_who_does_not_finish_the_handshake_is_sent_away(house: Certificates) -> None:
    async def body() -> None:
        async with listening(house, limits=TcpLimits(handshake_s=0.02)) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            assert await closed_by_server(reader)
            writer.close()
            assert listener.room.waiting == 0

    asyncio.run(body())


def test_who_does_not_speak_tls_is_sent_away(house: Certificates) -> None:
    async def body() -> None:
        async with listening(house) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            answer = await reader.read()
            assert answer[:1] in (b"\x15", b"")
            writer.close()
            await until(lambda: not listener.connections)

    asyncio.run(body())


@LOOPS
def test_one_who_does_not_read_is_told_of_and_then_cut_off(
    house: Certificates, tmp_path: Path, loop: Loop
) -> None:
    crowded: list[bool] = []

    async def serve(connection: TcpConnection) -> None:
        await connection.read()
        while not connection.closed:
            connection.write(b"x" * 16_384)
            crowded.append(connection.crowded)
            await asyncio.sleep(0)

    async def body() -> None:
        async with listening(house, serve) as listener:
            context = client(tmp_path)
            async with connected(listener.port, context) as (_, writer):
                stop_reading(writer)
                writer.write(b"go")
                await until(lambda: bool(crowded) and not listener.connections)
        assert crowded[0] is False
        assert crowded[-2] is True

    run(loop, body)


@LOOPS
def test_one_who_takes_nothing_for_too_long_is_cut_off(
    house: Certificates, tmp_path: Path, loop: Loop
) -> None:
    ended: list[bytes] = []

    async def serve(connection: TcpConnection) -> None:
        await connection.read()
        while not connection.crowded:
            connection.write(b"x" * 16_384)
            await asyncio.sleep(0)
        await connection.room()
        ended.append(await connection.read())

    async def body() -> None:
        limits = TcpLimits(stalled_s=0.04)
        async with (
            listening(house, serve, limits) as listener,
            connected(listener.port, client(tmp_path)) as (_, writer),
        ):
            stop_reading(writer)
            writer.write(b"go")
            await until(lambda: ended == [b""])

    run(loop, body)


@LOOPS
def test_one_who_reads_slowly_is_kept(house: Certificates, tmp_path: Path, loop: Loop) -> None:
    sent = 4 * 1024 * 1024

    async def serve(connection: TcpConnection) -> None:
        await connection.read()
        for _ in range(sent // 16_384):
            await until(lambda: not connection.crowded)
            connection.write(b"x" * 16_384)
        await connection.read()

    async def body() -> None:
        async with (
            listening(house, serve) as listener,
            connected(listener.port, client(tmp_path)) as (reader, writer),
        ):
            writer.write(b"go")
            assert len(await reader.readexactly(sent)) == sent

    run(loop, body)


def test_what_nobody_reads_is_bounded(house: Certificates, tmp_path: Path) -> None:
    begin = asyncio.Event()
    held: list[TcpConnection] = []

    async def serve(connection: TcpConnection) -> None:
        held.append(connection)
        await begin.wait()
        await echo(connection)

    async def body() -> None:
        async with (
            listening(house, serve) as listener,
            connected(listener.port, client(tmp_path)) as (reader, writer),
        ):
            writer.write(b"y" * 3_000_000)
            await until(lambda: bool(held) and held[0]._paused)
            assert len(held[0]._unread) < 1_000_000
            begin.set()
            assert len(await reader.readexactly(3_000_000)) == 3_000_000

    asyncio.run(body())


def test_a_failure_ends_one_connection_only(
    house: Certificates, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def serve(connection: TcpConnection) -> None:
        if await connection.read() == b"bad":
            raise ValueError("content")
        connection.write(b"good")

    async def body() -> None:
        async with listening(house, serve) as listener:
            context = client(tmp_path)
            async with connected(listener.port, context) as (reader, writer):
                writer.write(b"bad")
                assert await closed_by_server(reader)
            async with connected(listener.port, context) as (reader, writer):
                writer.write(b"x")
                assert await reader.read() == b"good"

    with caplog.at_level(logging.ERROR):
        asyncio.run(body())
    assert caplog.messages == ["a connection failed"]


def test_what_was_said_before_hanging_up_is_heard(house: Certificates, tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def serve(connection: TcpConnection) -> None:
        while data := await connection.read():
            heard.append(data)
        connection.write(b"too late")
        heard.append(b"")

    async def body() -> None:
        async with listening(house, serve) as listener:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", listener.port, ssl=client(tmp_path), server_hostname="example.org"
            )
            writer.write(b"last words")
            writer.close()
            await until(lambda: heard[-1:] == [b""])

    asyncio.run(body())
    assert heard == [b"last words", b""]


def test_the_end_of_the_listener_ends_its_connections(house: Certificates, tmp_path: Path) -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            async with listening(house) as listener:
                reader, _ = await stack.enter_async_context(
                    connected(listener.port, client(tmp_path))
                )
                await until(lambda: len(listener.connections) == 1)
            assert await closed_by_server(reader)

    asyncio.run(body())
