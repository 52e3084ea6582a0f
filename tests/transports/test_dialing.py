"""Calls to a listener on loopback, encrypted at once or when asked."""

import asyncio
import ipaddress
import ssl
from pathlib import Path

import pytest

from allmende.transports.certificates import Certificates, Use
from allmende.transports.dialing import call, client_context
from allmende.transports.layers import ClientLayers, OpenSslLayers, PlainLayers, SslLayers
from allmende.transports.tcp import TcpConnection, serve_tcp
from tests.ports import free_port
from tests.transports.programs import store
from tests.transports.test_tcp import LOOPS, Loop

LOOPBACK = ipaddress.IPv4Address("127.0.0.1")


@pytest.fixture
def house(tmp_path: Path) -> Certificates:
    return store(tmp_path)


def calling(house: Certificates) -> ClientLayers:
    files = house.files_for("example.org")
    context = client_context(*files, minimum=ssl.TLSVersion.TLSv1_2, alpn=["xmpp-server"])
    return ClientLayers(context, "example.org")


async def said(connection: TcpConnection, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := await connection.read()):
        data += more
    return data


@LOOPS
@pytest.mark.parametrize("by_pyopenssl", [False, True])
def test_both_ends_see_what_the_other_shows(
    house: Certificates, loop: Loop, by_pyopenssl: bool
) -> None:
    seen: list[list[bytes]] = []

    async def serve(connection: TcpConnection) -> None:
        data = await connection.read()
        seen.append(list(connection.chain))
        while data:
            connection.write(data)
            data = await connection.read()

    async def run() -> None:
        use = Use("1.2", ("xmpp-server",), resumes=False, any_client=True)
        layers = OpenSslLayers(house, "1.2") if by_pyopenssl else SslLayers(house, use)
        async with (
            asyncio.timeout(20),
            serve_tcp(serve, layers, listen=["127.0.0.1"], port=0) as listener,
        ):
            connection = await call(LOOPBACK, listener.port, calling(house), direct=True)
            connection.write(b"hello" * 20_000)
            assert await said(connection, 100_000) == b"hello" * 20_000
            seen.append(list(connection.chain))
            connection.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())
    file = house.files_for("example.org")[0]
    leaf = ssl.PEM_cert_to_DER_cert(file.read_text())
    assert seen == [[leaf], [leaf]]


@LOOPS
def test_a_call_is_encrypted_when_it_asks(house: Certificates, loop: Loop) -> None:
    async def serve(connection: TcpConnection) -> None:
        assert await connection.read() == b"tls"
        connection.write(b"go")
        connection.start_tls()
        while data := await connection.read():
            connection.write(data)

    async def run() -> None:
        layers = SslLayers(house, Use("1.2", (), resumes=False, any_client=True))
        listening = serve_tcp(serve, PlainLayers(), listen=["127.0.0.1"], port=0, upgrade=layers)
        async with asyncio.timeout(20), listening as listener:
            connection = await call(LOOPBACK, listener.port, calling(house), direct=False)
            assert not connection.chain
            connection.write(b"tls")
            assert await connection.read() == b"go"
            connection.start_tls()
            connection.write(b"early")
            connection.write(b" bird")
            assert await said(connection, 10) == b"early bird"
            assert len(connection.chain) == 1
            connection.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())


def test_nobody_there_is_an_error(house: Certificates) -> None:
    async def run() -> None:
        with pytest.raises(OSError, match="Connect"):
            await call(LOOPBACK, free_port(), calling(house), direct=True)

    asyncio.run(run())


def test_who_speaks_no_tls_ends_the_call(house: Certificates) -> None:
    async def serve(connection: TcpConnection) -> None:
        connection.write(b"hello, what is it?")
        await connection.read()

    async def run() -> None:
        async with serve_tcp(serve, PlainLayers(), listen=["127.0.0.1"], port=0) as listener:
            connection = await call(LOOPBACK, listener.port, calling(house), direct=True)
            connection.write(b"early")
            async with asyncio.timeout(20):
                assert await connection.read() == b""

    asyncio.run(run())
