"""Somebody in a room by every kind of connection there is, and when each of them ends."""

import asyncio
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from allmende.protocols.mumble.messages import Authenticate, UserState
from bench.served import Served
from bench.visitor import Inside, Place
from tests.hostile.legs import GOOD, closed, signalling, until
from tests.hostile.padwire import Hand
from tests.hostile.voice.peer import HOST, OLD, Peer

_SECRET: Final = re.compile(r'id="key-secret" value="([0-9a-z]{26})"')
_KIT: Final = re.compile(r'class="kit-code">([^<]+)<')
ROOM: Final = "Plenum"
PATIENCE_S: Final = 60.0
"""Long: a command of the operator takes its time to start, and only from its end on it counts."""

_POLL_S: Final = 0.05
_POLLS: Final = int(PATIENCE_S / _POLL_S)

Death = Callable[[], Awaitable[object]]
"""Returns when the connection has ended."""


@dataclass(frozen=True)
class Scene:
    """A group of ``ada`` with a room, an open assembly, and a pad; ``as_of`` lies before both."""

    server: Served
    stack: AsyncExitStack
    ada: Hand
    group: str
    room: Place
    as_of: int

    @property
    def voice_port(self) -> int:
        config = tomllib.loads((self.server.data.parent / "allmende.toml").read_text())
        return int(config["voice"]["port"])

    @property
    def pad(self) -> str:
        return f"/r/{self.room.slug}/pads/plan"

    @property
    def messages(self) -> str:
        return f"/api/v1/rooms/{self.room.room_id}/messages"

    async def come(self) -> Hand:
        return await self.stack.enter_async_context(Hand(self.server.url))


@dataclass(frozen=True)
class Who:
    """Somebody: a browser, or a program with an app password for each purpose.

    ``voice``: what a Mumble client of theirs types as password, or which certificate it shows.
    """

    name: str
    hand: Hand
    pads: Hand
    ticket: Inside | None = None
    voice: str = ""
    certificate: Sequence[Path] = ()


async def scene(server: Served, stack: AsyncExitStack, ada: Hand, title: str) -> Scene:
    """Make the group and everything in it."""
    group = await ada.make_group(title)
    room = await ada.make_room(group, ROOM)
    made = Scene(server, stack, ada, group, room, 0)
    await ada.join(room, "ada")
    as_of = (await ada.get_raw(made.messages)).json()["as_of"]
    await ada.plenum(room, "open", title="Plenum", agenda="")
    await ada.sent(f"/r/{room.slug}/pads", f"/r/{room.slug}/pads", {"name": "plan"})
    return replace(made, as_of=as_of)


# --- who comes -----------------------------------------------------------------------------------


async def member(scene: Scene, name: str) -> Who:
    """Somebody in the group."""
    hand = await scene.come()
    await hand.accept_invite(await scene.ada.invited(scene.group, "member"), name, GOOD)
    return Who(name, hand, hand, await hand.join(scene.room, name))


async def guest(scene: Scene, name: str) -> Who:
    """Somebody who came by a new link and was let in."""
    link = await scene.ada.make_link(scene.room, "speak")
    hand = await scene.come()
    assert await hand.join(scene.room, name, link=link) is None
    await scene.ada.admit_all(scene.room)
    return Who(name, hand, hand, await hand.join(scene.room, name, link=link), link)


async def program(scene: Scene, name: str) -> Who:
    """A member's program; ``hand`` and ``pads`` have an app password each and no cookie."""
    person = await member(scene, name)
    chat, pads = [await with_key(scene, person, purpose) for purpose in ("chat", "pads")]
    return Who(name, chat, pads, voice=await key_of(person, "voice"))


async def key_of(person: Who, purpose: str) -> str:
    """A new app password, as its page shows it."""
    sent = {"purpose": purpose, "ticket": await person.hand.ticket_on("/me/keys")}
    found = _SECRET.search((await person.hand.post_raw("/me/keys", data=sent)).text)
    assert found is not None
    return found[1]


async def with_key(scene: Scene, person: Who, purpose: str) -> Hand:
    """A program with an app password."""
    hand = await scene.come()
    hand.sign_with(person.name, await key_of(person, purpose))
    return hand


async def phone(scene: Scene, who: Who) -> Hand:
    """Another device of the same person."""
    hand = await scene.come()
    await hand.sign_in(who.name, GOOD)
    return hand


async def kit_of(who: Who) -> str:
    """The code of a new recovery kit."""
    ticket = await who.hand.ticket_on("/me/kit")
    shown = await who.hand.post_raw("/me/kit", data={"ticket": ticket})
    found = _KIT.search(shown.text)
    assert found is not None
    return found[1]


async def command(scene: Scene, *words: str) -> None:
    """A command of the operator beside the running server."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "allmende", *words, "--data", str(scene.server.data),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    said, failed = await process.communicate()
    assert process.returncode == 0, (words, said, failed)


# --- what they open ------------------------------------------------------------------------------


@asynccontextmanager
async def _live(who: Who, path: str, wanted: bytes) -> AsyncIterator[Death]:
    async with who.hand.streamed(path) as said:
        heard = b""
        while wanted not in heard:
            heard += await anext(said)
        yield partial(_drained, said)


async def _drained(said: AsyncIterator[bytes]) -> None:
    async for _ in said:
        pass


def live_page(who: Who, scene: Scene) -> AbstractAsyncContextManager[Death]:
    return _live(who, f"/api/v1/live?room={scene.room.room_id}", b"still here")


def plenum(who: Who, scene: Scene) -> AbstractAsyncContextManager[Death]:
    """A live page that was told of the assembly."""
    path = f"/api/v1/live?room={scene.room.room_id}&after={scene.as_of}"
    return _live(who, path, b"event: plenum.state")


@asynccontextmanager
async def call(who: Who, scene: Scene) -> AsyncIterator[Death]:
    assert who.ticket is not None
    async with signalling(who.ticket) as socket:
        await until(socket, "join")
        yield partial(closed, socket, PATIENCE_S)


@asynccontextmanager
async def pad(who: Who, scene: Scene) -> AsyncIterator[Death]:
    wire = who.pads.wire(scene.pad)
    try:
        await wire.open(await wire.ticket())
        await wire.answered()
        yield partial(wire.closed, PATIENCE_S)
    finally:
        await wire.close()


@asynccontextmanager
async def chat(who: Who, scene: Scene) -> AsyncIterator[Death]:
    """The JSON of the chat, asked again and again."""
    assert await who.hand.status(scene.messages) == 200

    async def refused() -> None:
        for _ in range(_POLLS):
            if await who.hand.status(scene.messages) != 200:
                return
            await asyncio.sleep(_POLL_S)
        raise AssertionError(f"{who.name} still reads")

    yield refused


@asynccontextmanager
async def voice(who: Who, scene: Scene) -> AsyncIterator[Death]:
    """A Mumble client in the room, or before its door."""

    def come() -> Peer:
        peer = Peer(scene.voice_port, HOST, certificate=who.certificate)
        return peer.login(who.name, who.voice)

    with await asyncio.to_thread(come) as peer:
        channel = peer.channel(ROOM)
        peer.send(UserState(session=peer.session, channel_id=channel))
        await asyncio.to_thread(peer.barrier)
        assert peer.denials() == []
        yield lambda: asyncio.to_thread(peer.loses, channel, PATIENCE_S)


async def hears_nothing(who: Who, scene: Scene) -> bool:
    """Whether a Mumble client with the same is refused, or sees the room no more."""

    def come() -> bool:
        with Peer(scene.voice_port, HOST, certificate=who.certificate) as peer:
            peer.send(OLD, Authenticate(username=who.name, password=who.voice, opus=True))
            return peer.refusal() is not None or peer.channel(ROOM) == 0

    return await asyncio.to_thread(come)


KINDS: Final[Mapping[str, Callable[[Who, Scene], AbstractAsyncContextManager[Death]]]] = {
    "live page": live_page,
    "plenum": plenum,
    "call": call,
    "pad": pad,
    "chat": chat,
    "voice": voice,
}
FOR_BROWSERS: Final = ("live page", "plenum", "call", "pad", "chat")
FOR_PROGRAMS: Final = ("live page", "plenum", "pad", "chat", "voice")
"""No program gets into a call: /rtc is no route for them."""
