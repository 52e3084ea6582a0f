"""Whatever goes wrong, no address, agent, name or content gets into a log (product.md 6, S1)."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from allmende.protocols.mumble.messages import PermissionDenied, TextMessage, Version
from bench.meet.websocket import WebSocketRefused, open_websocket
from bench.served import Served, served
from bench.visitor import Refused, Visitor
from tests.hostile.conftest import ANY_VOICE_PORT, SETTINGS
from tests.hostile.legs import join_request, target
from tests.hostile.voice.peer import OLD, Peer
from tests.ports import free_port
from tests.servers import beside

pytestmark = pytest.mark.slow

AGENT = "sentinel-agent-4711"
NAME = "Sentinelname"
TEXT = "sentinel text"
FROM = "127.0.0.9"
MARKS = (AGENT, NAME, TEXT, FROM, "7f000009", "127.0.0.1")


@pytest.fixture
def voice_port() -> int:
    return free_port()


@pytest.fixture
def broken(tmp_path: Path, voice_port: int) -> Iterator[Served]:
    """A server of its own, whose log and folder are read afterwards."""
    settings = SETTINGS.format(port=free_port()).replace(ANY_VOICE_PORT, f"port = {voice_port}", 1)
    with served(tmp_path, settings=settings) as running:
        yield running


def found(folder: Path) -> list[tuple[str, str]]:
    return [
        (path.name, mark)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "allmende.toml"
        for mark in MARKS
        if mark.encode() in path.read_bytes()
    ]


def break_the_database(server: Served) -> None:
    """A table is gone: whoever asks for it hits a bug."""
    with closing(beside(server.data)) as db:
        db.execute("ALTER TABLE chat_message RENAME TO gone")


def hit_a_bug_by_mumble(port: int, token: str, break_it: Callable[[], None]) -> None:
    """Write into a room that cannot be written any more; then speak no Mumble at all."""
    with Peer(port, FROM) as peer:
        peer.send(Version(version_v1=OLD.version_v1, release=AGENT, os=AGENT))
        peer.login(NAME, token)
        break_it()
        channel = peer.state_of(peer.session)[-1].channel_id
        assert channel
        peer.send(TextMessage(channel_id=(channel,), message=TEXT))
        assert peer.until(PermissionDenied).reason
        peer.send_bytes(b"\xff" * 6 + TEXT.encode())
        assert peer.ends()


def test_error_paths_log_nothing_of_a_person(
    broken: Served, tmp_path: Path, voice_port: int
) -> None:
    async def story() -> None:
        async with Visitor(broken.url) as visitor:
            room = await visitor.start_room("Plenum")
            assert await visitor.join(room, NAME, link=room.link) is not None
            hit_a_bug_by_mumble(voice_port, room.link, lambda: break_the_database(broken))
            with pytest.raises(Refused) as bug:
                await visitor.say(room, TEXT)
            assert bug.value.status in (500, 503)
        for token in ("", "a.b.c", "x" * 2000):
            with pytest.raises(WebSocketRefused):
                await open_websocket(broken.url, target(token, join_request()))

    asyncio.run(story())
    where = httpx.HTTPTransport(local_address=FROM)
    with httpx.Client(transport=where, base_url=broken.url, headers={"user-agent": AGENT}) as web:
        for path in ("/", "/nothing", "/r/nothing/call", "/rtc/v1", "/api/v1/rooms/1/messages"):
            web.get(path)
            web.post(path, content=TEXT)
    port = int(broken.url.rpartition(":")[2])
    for said in (b"\x16\x03\x01\x02\0" + bytes(99), AGENT.encode() + b"\r\n\r\n", b"G" * 70_000):
        with socket.create_connection(("127.0.0.1", port), 10, (FROM, 0)) as stranger:
            stranger.sendall(said)
    assert broken.stop() == 0
    assert '"reference"' in broken.log.read_text() or "bug" in broken.log.read_text()
    assert found(tmp_path) == []
