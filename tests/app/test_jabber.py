"""The listeners for chat apps in an open house: over real TLS, both ways."""

import asyncio
import json
import socket
import ssl
from pathlib import Path
from typing import cast

import pytest
from starlette.requests import Request

from allmende.app import furnished
from allmende.app.ground import Ground
from allmende.app.jabber import OUTAGES, Ports, listening, outage_of
from allmende.config import Chat, Config, Media, Systems, Voice, places_of
from allmende.core.clock import SystemClock
from allmende.systems.chat.wire.server import Server
from tests.identity.town import HandClock
from tests.systems.chat.wire.lines import HEADER

HELLO = HEADER.replace(b"x.example", b"localhost")
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def ground_of(data: Path, port: int = 0) -> Ground:
    media = Media(
        workers=0, listen=("127.0.0.1",), udp_port=0, tcp_port=0, packets_per_second=100_000
    )
    config = Config(
        data=str(data),
        media=media,
        voice=Voice(port=0),
        chat=Chat(port=port, direct_port=0),
        systems=Systems(meet=False),
    )
    return Ground(
        config=config,
        places=places_of(config),
        data=data,
        clock=SystemClock(),
        url="http://localhost",
    )


def any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def until(reader: asyncio.StreamReader, text: bytes) -> bytes:
    async with asyncio.timeout(20):
        return await reader.readuntil(text)


@pytest.mark.slow
def test_apps_are_encrypted_before_they_may_sign_in(tmp_path: Path) -> None:
    async def story() -> tuple[bytes, bytes, bytes]:
        ground = ground_of(tmp_path)
        async with furnished(ground) as rooms:
            server = rooms.systems.jabber
            assert server is not None
            async with listening(ground, server, None) as ports:
                reader, writer = await asyncio.open_connection("127.0.0.1", ports.client)
                writer.write(HELLO)
                plain = await until(reader, b"</stream:features>")
                writer.write(STARTTLS)
                await until(reader, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                await writer.start_tls(any_certificate())
                writer.write(HELLO)
                encrypted = await until(reader, b"</stream:features>")
                direct, other = await asyncio.open_connection(
                    "127.0.0.1", ports.direct, ssl=any_certificate()
                )
                other.write(HELLO)
                return plain, encrypted, await until(direct, b"</stream:features>")

    plain, encrypted, direct = asyncio.run(story())
    assert b"<required/>" in plain
    assert b"PLAIN" not in plain
    for said in (encrypted, direct):
        assert b"<mechanism>SCRAM-SHA-256</mechanism>" in said


@pytest.mark.slow
def test_a_port_that_is_taken_keeps_nothing_else_from_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(port: int) -> Ports:
        ground = ground_of(tmp_path, port)
        async with furnished(ground) as rooms:
            assert rooms.systems.jabber is not None
            async with listening(ground, rooms.systems.jabber, None) as ports:
                return ports

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = asyncio.run(story(taken.getsockname()[1]))
    assert ports.client == 0
    assert ports.direct > 0
    assert "is taken or not ours: client" in caplog.text


@pytest.mark.parametrize("listens", [True, False])
def test_whether_chat_is_down_is_said_on_the_web(listens: bool) -> None:
    class Listens:
        pass

    server = cast(Server, Listens())
    server.listens = listens
    request = Request({"type": "http", "method": "GET", "path": OUTAGES, "headers": []})
    answer = json.loads(bytes(asyncio.run(outage_of(server, HandClock())(request)).body))
    if listens:
        assert answer is None
    else:
        assert answer["planned"] is False
        assert answer["beginning"] < answer["expected_end"]
