"""Connections that begin plain and are encrypted when their protocol asks for it (STARTTLS)."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from allmende.transports.certificates import Use
from allmende.transports.layers import PlainLayers, SslLayers
from allmende.transports.tcp import TcpConnection, TcpLimits, serve_tcp
from tests.transports.programs import client, store
from tests.transports.test_tcp import LOOPS, Loop


async def upgraded(connection: TcpConnection) -> None:
    connection.write(b"plain" if not connection.secure else b"secure")
    if await connection.read() == b"tls":
        assert not connection.has_unread
        connection.write(b"go")
        connection.start_tls()
    while data := await connection.read():
        connection.write(data + (b" secure" if connection.secure else b" plain"))


@LOOPS
def test_a_plain_connection_is_encrypted_when_it_asks(tmp_path: Path, loop: Loop) -> None:
    async def run() -> None:
        layers = SslLayers(store(tmp_path), Use("1.2", (), resumes=False))
        listening = serve_tcp(upgraded, PlainLayers(), listen=["127.0.0.1"], port=0, upgrade=layers)
        async with asyncio.timeout(20), listening as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            assert await reader.readexactly(5) == b"plain"
            writer.write(b"tls")
            assert await reader.readexactly(2) == b"go"
            await writer.start_tls(client(tmp_path), server_hostname="example.org")
            writer.write(b"hello")
            assert await reader.readexactly(12) == b"hello secure"
            assert listener.room.waiting == 1
            writer.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())


def test_a_handshake_that_is_never_finished_ends(tmp_path: Path) -> None:
    async def run() -> None:
        layers = SslLayers(store(tmp_path), Use("1.2", (), resumes=False))
        limits = TcpLimits(handshake_s=0.05)
        listening = serve_tcp(
            upgraded, PlainLayers(), listen=["127.0.0.1"], port=0, upgrade=layers, limits=limits
        )
        async with asyncio.timeout(20), listening as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            await reader.readexactly(5)
            writer.write(b"tls")
            assert await reader.read() == b"go"
            writer.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def test_only_a_plain_connection_can_be_upgraded(tmp_path: Path) -> None:
    async def run() -> None:
        failed = asyncio.Event()

        async def serve(connection: TcpConnection) -> None:
            with pytest.raises(AssertionError):
                connection.start_tls()
            failed.set()

        listening = serve_tcp(serve, PlainLayers(), listen=["127.0.0.1"], port=0)
        async with asyncio.timeout(20), listening as listener:
            _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            await failed.wait()
            writer.close()

    asyncio.run(run())
