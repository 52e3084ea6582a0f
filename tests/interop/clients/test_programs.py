"""Programs that we did not write sign in by Basic: curl, httpx, websockets, y-websocket.

Their scripts are the examples of docs/clients.md.
"""

import asyncio
import json
import os
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from subprocess import PIPE
from typing import Final
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bench.pads.editor import STEP_1, sync
from bench.served import Served, served
from bench.visitor import text_of
from tests.hostile.connections import Scene, Who, key_of, member, scene
from tests.hostile.legs import GOOD
from tests.hostile.padwire import Hand
from tests.servers import HOUSE

pytestmark = [pytest.mark.interop, pytest.mark.slow]

EXAMPLES: Final = HOUSE / "docs" / "examples" / "clients"
WITHIN_S: Final = 20.0
SETTINGS: Final = """
[web]
listen = ["127.0.0.1"]
"""


@dataclass(frozen=True)
class Key:
    """An app password of mara, who is in a group with ada, and how programs are started with it."""

    scene: Scene
    mara: Who
    secret: str

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(f"{self.mara.name}:{self.secret}".encode()).decode()

    async def start(self, *words: str, **more: str) -> asyncio.subprocess.Process:
        known = {
            "SERVER": self.scene.server.url,
            "NAME": self.mara.name,
            "APP_PASSWORD": self.secret,
            "ROOM": str(self.scene.room.room_id),
        }
        environment = {**os.environ, **known, **more}
        return await asyncio.create_subprocess_exec(
            *words, stdout=PIPE, stderr=PIPE, cwd=HOUSE, env=environment
        )

    async def run(self, *words: str, **more: str) -> str:
        """Run a program to its end and return what it says."""
        async with asyncio.timeout(WITHIN_S):
            process = await self.start(*words, **more)
            said, failed = await process.communicate()
        assert process.returncode == 0, (words, failed.decode())
        return said.decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("clients"), settings=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Served) -> str:
    async def make() -> None:
        async with Hand(server.url) as ada:
            await ada.accept_invite(server.invite, "ada", GOOD)

    asyncio.run(make())
    return "ada"


def play(
    server: Served, admin: str, name: str, purpose: str, story: Callable[[Key], Awaitable[None]]
) -> None:
    async def played() -> None:
        async with AsyncExitStack() as stack:
            ada = await stack.enter_async_context(Hand(server.url))
            await ada.sign_in(admin, GOOD)
            where = await scene(server, stack, ada, f"Küche {name}")
            mara = await member(where, name)
            await story(Key(where, mara, await key_of(mara, purpose)))

    asyncio.run(played())


def test_curl_reads_the_messages_of_a_room(server: Served, admin: str) -> None:
    async def story(key: Key) -> None:
        await key.scene.ada.say(key.scene.room, "hallo zusammen")
        said = json.loads(await key.run("sh", str(EXAMPLES / "messages.sh")))
        assert text_of(said["messages"][-1]) == "hallo zusammen"
        address = urlsplit(key.scene.server.url)
        in_one = f"http://{key.mara.name}:{key.secret}@{address.netloc}/api/v1/me"
        own = json.loads(await key.run("curl", "--fail", "--silent", in_one))
        assert (own["name"], own["scopes"]) == (key.mara.name, ["chat"])
        wrong = await key.run("curl", "--silent", "--include", "--user", f"{key.mara.name}:x",
                              f"{key.scene.server.url}/api/v1/me")  # fmt: skip
        assert "401 Unauthorized" in wrong
        assert 'Basic realm="allmende", charset="UTF-8"' in wrong

    play(server, admin, "curl", "chat", story)


def test_a_bot_of_httpx_hears_what_is_said_and_answers(server: Served, admin: str) -> None:
    async def story(key: Key) -> None:
        bot = await key.start(sys.executable, str(EXAMPLES / "bot.py"), ROOM_NAME="Plenum")
        assert bot.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            assert await bot.stdout.readline() == b"listening\n"
            await key.scene.ada.say(key.scene.room, "ping")
            _, failed = await bot.communicate()
        assert bot.returncode == 0, failed.decode()
        lines = await key.scene.ada.read(key.scene.room)
        assert [text_of(line) for line in lines[-2:]] == ["ping", "pong"]
        assert lines[-1]["author"] == key.mara.name

    play(server, admin, "httpx", "chat", story)


def test_y_websocket_writes_in_a_pad(server: Served, admin: str) -> None:
    async def story(key: Key) -> None:
        pads = f"/r/{key.scene.room.slug}/pads"
        await key.scene.ada.sent(pads, pads, {"name": "liste", "kind": "text"})
        pad = f"{pads}/liste"
        said = await key.run("node", str(EXAMPLES / "pad.mjs"), PAD=pad, LINE="Milch")
        assert said == "Milch\n\n"
        exported = f"{key.scene.server.url}{pad}/export/txt"
        text = await key.run("curl", "--fail", "--silent", "--user",
                             f"{key.mara.name}:{key.secret}", exported)  # fmt: skip
        assert text.strip() == "Milch"

    play(server, admin, "yjs", "pads", story)


def test_websockets_opens_the_live_pad_with_basic_and_a_ticket(server: Served, admin: str) -> None:
    async def story(key: Key) -> None:
        program = await key.scene.come()
        program.sign_with(key.mara.name, key.secret)
        ticket = await program.wire(key.scene.pad).ticket()
        url = f"ws{server.url.removeprefix('http')}/p/ws/live?ticket={ticket}"
        headers = {"Authorization": key.basic}
        async with connect(url, additional_headers=headers) as socket, asyncio.timeout(WITHIN_S):
            await socket.send(sync(STEP_1, b"\0"))
            assert isinstance(await socket.recv(), bytes)
        wrong = {"Authorization": key.basic[:-4] + "AAAA"}
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=wrong)
        assert refused.value.response.status_code == 401

    play(server, admin, "websockets", "pads", story)
