"""Whether other servers are listened to, in an open house, is what the operator says."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from allmende.app import furnished
from allmende.app.federation import federating, prepared
from allmende.app.mumble import own_certificates
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid, parse
from allmende.systems.chat.wire.server import Server
from tests.app.test_jabber import ground_of, until

HELLO = (
    b"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"
    b" xmlns:db='jabber:server:dialback' from='ally.example' to='localhost' version='1.0'>"
)
ALLY = parse("zoe@ally.example")
STRANGER = parse("zoe@stranger.example")


def told(data: Path, federation: str) -> tuple[bytes, list[bool]]:
    """Return what a server that calls is told, and whether an ally and a stranger are reached."""

    async def story() -> tuple[bytes, list[bool]]:
        ground = ground_of(data)
        chat = msgspec.structs.replace(
            ground.config.chat, federation=federation, allies=("Ally.example",), servers_port=0
        )
        config = msgspec.structs.replace(ground.config, chat=chat)
        ground = type(ground)(
            config=config, places=ground.places, data=data, clock=ground.clock, url=ground.url
        )
        async with furnished(ground) as rooms:
            server = rooms.systems.jabber
            assert server is not None
            async with federating(ground, server, own_certificates(ground)) as port:
                return await _asked(port), [_reaches(server, one) for one in (ALLY, STRANGER)]

    return asyncio.run(story())


async def _asked(port: int) -> bytes:
    if not port:
        return b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HELLO)
    said = await until(reader, b"</stream:features>")
    writer.close()
    return said


def _reaches(server: Server, to: Jid) -> bool:
    try:
        server.elsewhere.require(to)
    except StanzaError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("federation", "reached"),
    [("closed", [False, False]), ("allies", [True, False]), ("open", [True, True])],
)
def test_the_operator_says_with_whom_the_server_talks(
    tmp_path: Path, federation: str, reached: list[bool]
) -> None:
    said, found = told(tmp_path, federation)
    assert found == reached
    assert (b"<starttls" in said) is (federation != "closed")


def test_names_are_compared_as_the_protocol_does() -> None:
    assert prepared(("Ally.Example", "bücher.example")) == {"ally.example", "bücher.example"}
