"""An editor of which every byte can be made up, and two people who go on writing beside it."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import httpx
import pycrdt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.pads.editor import (
    CONTROL,
    STEP_1,
    STEP_2,
    SYNC,
    UPDATE,
    Diary,
    Editor,
    browser,
    clocks_of,
    read_varuint,
    state_of,
    sync,
    ticket_for,
    varuint,
)
from bench.visitor import Visitor, solve
from tests.hostile.legs import Keeper
from tests.protocols.yjs.writing import Place, element, inside, text, text_type, update

PATIENCE_S: Final = 15.0
AWARENESS: Final = 1
_COPIED: Final = re.compile(r'value="(http://[^"]+/p/[^"]+)"')
_LINK: Final = re.compile(r'value="http://[^"/]+(/p/[a-z]\.[A-Za-z0-9_-]{22})"')
_NUMBER: Final = re.compile(r'name="link" value="(\d+)"')
OURS: Final = "allmende.pad.1"
EMPTY: Final = b"\0\0"
NOTHING: Final = b"\0"
"""The state vector of somebody who has nothing."""


def string(written: str) -> bytes:
    raw = written.encode()
    return varuint(len(raw)) + raw


def caret(client: int, clock: int, state: object) -> bytes:
    """What an editor says of its moment; a ``str`` is sent as it is."""
    said = state if isinstance(state, str) else json.dumps(state)
    entry = varuint(1) + varuint(client) + varuint(clock) + string(said)
    return varuint(AWARENESS) + varuint(len(entry)) + entry


def written(data: bytes) -> bytes:
    return sync(UPDATE, data)


def paragraph(client: int, words: str, clock: int = 0) -> bytes:
    """A paragraph as an update: 2 clocks, and one for each letter."""
    return update((client, clock, lines(client, words, clock)))


def lines(client: int, words: str, clock: int = 0, place: Place | None = None) -> list[bytes]:
    parts = [element(place or inside()), text_type(inside((client, clock)))]
    return [*parts, text(words, inside((client, clock + 1)))] if words else parts


class Wire:
    """One session of one pad, as raw as it gets. ``told``: control messages, as they came."""

    def __init__(self, url: str, path: str, web: httpx.AsyncClient) -> None:
        self.url, self.path, self.web = url, path, web
        self.client = random.getrandbits(31) | 1
        self.frames: list[bytes] = []
        self.told: list[dict[str, Any]] = []
        self.entry: dict[str, Any] = {}
        self.code: int | None = None
        self._socket: ClientConnection | None = None

    async def ask(self, client: int | None = None) -> httpx.Response:
        """Ask for a session."""
        wish = {"client": self.client if client is None else client}
        return await self.web.post(f"{self.url}{self.path}/session", json=wish)

    async def ticket(self) -> str:
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        self.entry = answer.json()
        return str(self.entry["ticket"])

    async def open(self, ticket: str | None, *, ours: bool = True, origin: str = "") -> None:
        """Connect with a ticket (None: without one) and hear from now on."""
        await self.close()
        host = self.url.partition("//")[2]
        offered = [OURS] if ours else []
        offered += [f"ticket.{ticket}"] if ours and ticket is not None else []
        query = f"?ticket={ticket}" if not ours and ticket is not None else ""
        self._socket = await connect(
            f"ws://{host}/p/ws/live{query}",
            subprotocols=offered or None,  # type: ignore[arg-type]  # plain strings
            origin=origin or self.url,  # type: ignore[arg-type]  # a plain string
            compression=None,
            max_size=None,
            max_queue=None,
            ping_interval=None,
        )
        self.code = None

    async def _hear(self, socket: ClientConnection) -> None:
        """Take in one message, or the end."""
        try:
            frame = await socket.recv()
        except ConnectionClosed:
            self.code = socket.close_code or 1006
            return
        assert isinstance(frame, bytes)
        self.frames.append(frame)
        kind, at = read_varuint(frame, 0)
        if kind == CONTROL:
            _, at = read_varuint(frame, at)
            self.told.append(json.loads(frame[at:]))

    async def send(self, *messages: bytes | str) -> None:
        """Send messages; to whom the door was closed meanwhile, nothing."""
        assert self._socket is not None
        with suppress(ConnectionClosed):
            for message in messages:
                await self._socket.send(message)

    async def until(self, holds: Callable[[], object], within_s: float = PATIENCE_S) -> None:
        """Hear what comes until something holds."""
        assert self._socket is not None
        async with asyncio.timeout(within_s):
            while not holds():
                assert self.code is None, self.code
                await self._hear(self._socket)

    async def closed(self, within_s: float = PATIENCE_S) -> int:
        """Wait for the end and return its code."""
        await self.until(lambda: self.code is not None, within_s)
        assert self.code is not None
        return self.code

    async def answered(self) -> None:
        """Return when everything sent so far was looked at: a question was answered."""
        before = len(self.syncs(STEP_2))
        await self.send(sync(STEP_1, NOTHING))
        await self.until(lambda: self.code is not None or len(self.syncs(STEP_2)) > before)

    def syncs(self, *kinds: int) -> list[bytes]:
        """The payloads of sync messages heard so far."""
        found = []
        for frame in self.frames:
            kind, at = read_varuint(frame, 0)
            if kind != SYNC:
                continue
            kind, at = read_varuint(frame, at)
            if kind in kinds:
                _, at = read_varuint(frame, at)
                found.append(frame[at:])
        return found

    def carets(self) -> list[dict[int, Any]]:
        """What was heard of others' moments, by client."""
        return [carets_in(frame) for frame in self.frames if frame[0] == AWARENESS]

    def errors(self) -> list[str]:
        return [one["id"] for one in self.told if one["t"] == "error"]

    def document(self) -> "pycrdt.Doc[Any]":
        """The document as this session was told of it."""
        doc: pycrdt.Doc[Any] = pycrdt.Doc()
        doc.get("body", type=pycrdt.XmlFragment)
        for payload in self.syncs(STEP_2, UPDATE):
            doc.apply_update(payload)
        return doc

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()


def carets_in(frame: bytes) -> dict[int, Any]:
    _, at = read_varuint(frame, 0)
    _, at = read_varuint(frame, at)
    count, at = read_varuint(frame, at)
    found = {}
    for _ in range(count):
        client, at = read_varuint(frame, at)
        _, at = read_varuint(frame, at)
        size, at = read_varuint(frame, at)
        found[client] = json.loads(frame[at : at + size])
        at += size
    return found


@dataclass(frozen=True)
class Pad:
    """A new pad: the addresses that its maker is shown once."""

    path: str
    reads: str
    admin: str


async def new_pad(url: str) -> Pad:
    """Press "write a pad" on the start page."""
    async with Visitor(url) as visitor:
        proof = solve(json.loads(await visitor.page("/api/v1/challenge")))
        links = _COPIED.findall(
            await visitor.page(await visitor.sent("/p", "/p", {"proof": proof}))
        )
    path, reads, admin = (link.removeprefix(url) for link in links)
    return Pad(path, reads, admin)


@asynccontextmanager
async def wire(url: str, path: str, *, ours: bool = True) -> AsyncIterator[Wire]:
    """Somebody new, in the pad."""
    async with stranger(url, path) as one:
        await one.open(await one.ticket(), ours=ours)
        await one.answered()
        yield one


@asynccontextmanager
async def stranger(url: str, path: str) -> AsyncIterator[Wire]:
    """Somebody new, before the pad."""
    async with browser() as web:
        one = Wire(url, path, web)
        try:
            yield one
        finally:
            await one.close()


class Hand(Keeper):
    """Somebody who does with pads whatever forms let them do, and more."""

    async def post_raw(self, path: str, **sent: Any) -> httpx.Response:
        return await self._web.post(path, **sent)

    async def get_raw(self, path: str) -> httpx.Response:
        return await self._web.get(path)

    def wire(self, path: str) -> Wire:
        """A session of this browser, before the pad."""
        return Wire(self.url, path, self._web)

    async def make_pad_link(self, base: str, right: str, label: str = "") -> str:
        """Make a link on the settings page at ``base`` and return its path."""
        page = f"{base}/settings"
        before = set(_LINK.findall(await self.page(page)))
        await self.fill(page, page, do="link", capability=right, label=label)
        (made,) = set(_LINK.findall(await self.page(page))) - before
        return str(made)

    async def revoke_pad_link(self, base: str) -> None:
        """Take the newest link of the settings page at ``base`` back."""
        page = f"{base}/settings"
        newest = max(int(number) for number in _NUMBER.findall(await self.page(page)))
        await self.fill(page, page, do="revoke", link=str(newest))


class Neighbour(Editor):
    """Somebody who writes on and remembers what else was said."""

    def __init__(self, diary: Diary) -> None:
        super().__init__(diary, watches=True)
        self.told: list[dict[str, Any]] = []
        self.carets: dict[int, Any] = {}

    async def _hear(self, data: bytes) -> None:
        kind, at = read_varuint(data, 0)
        if kind == CONTROL:
            _, at = read_varuint(data, at)
            self.told.append(json.loads(data[at:]))
        elif kind == AWARENESS:
            self.carets.update(carets_in(data))
        await super()._hear(data)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                assert self.closed is None, self.closed
                self.news.clear()
                await self.news.wait()


class Pair:
    """Two people who write to each other in one pad, turn by turn, all the time."""

    def __init__(self, url: str, path: str, told: frozenset[str]) -> None:
        self.url, self.path = url, path
        self._may_be_told = told
        diary: Diary = {}
        self.people = [Neighbour(diary), Neighbour(diary)]
        self.turns = 0
        self._over = False
        self._turned = asyncio.Event()

    async def write_on(self) -> None:
        """Each turn: both write, both read what the other wrote, all of it is on disk."""
        while not self._over:
            await self.turn()
            self.turns += 1
            self._turned.set()

    async def turn(self) -> None:
        for one, other in (self.people, self.people[::-1]):
            await one.write()
            clock = one.clock
            await other.until(partial(has, other, one, clock))
        for one in self.people:
            await one.until(partial(is_saved, one))

    async def meet(self, turns: int = 2) -> None:
        """Return after so many whole turns from now: they still write."""
        wanted = self.turns + turns
        async with asyncio.timeout(2 * PATIENCE_S):
            while self.turns < wanted:
                self._turned.clear()
                await self._turned.wait()

    async def check(self, writing: "asyncio.Task[None]") -> None:
        """They still write, noticed nothing, and both have the text that the server has."""
        await self.meet()
        self._over = True
        await writing
        async with browser() as web:
            doc = await state_of(self.url, self.path, web)
        wanted = clocks_of(doc.get_state())
        for one in self.people:
            await one.until(partial(knows, one, wanted))
            assert tree(one.body) == tree(doc["body"])
            assert [told for told in one.told if told["t"] not in self._may_be_told] == []


CALM: Final = frozenset(("hello", "authors", "present", "saved", "expiry"))
"""What somebody is told to whom nothing happens."""
BUSY: Final = CALM | {"unsaved"}
"""The same while so many come that the disk may be late; each turn waits until it was not."""


def tree(node: Any) -> object:
    """A document to be compared; attributes are in no order."""
    attributes = sorted(map(repr, node.attributes)) if hasattr(node, "attributes") else []
    if isinstance(node, pycrdt.XmlText):
        return attributes, node.diff()
    return getattr(node, "tag", ""), attributes, [tree(child) for child in node.children]


def is_saved(one: Editor) -> bool:
    return one.unsaved == 0


def knows(one: Editor, wanted: dict[int, int]) -> bool:
    return clocks_of(one.doc.get_state()) == wanted


def has(one: Editor, other: Editor, clock: int) -> bool:
    return clocks_of(one.doc.get_state()).get(other.client, 0) >= clock


@asynccontextmanager
async def pair(url: str, path: str, told: frozenset[str] = CALM) -> AsyncIterator[Pair]:
    """Two who write in the pad as long as the body runs; checked at its end."""
    both = Pair(url, path, told)
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        for one in both.people:
            await one.open(url, await ticket_for(one, url, path))
            stack.push_async_callback(one.close)
            tasks.create_task(one.read())
            await one.synced()
        writing = tasks.create_task(both.write_on())
        await both.meet(1)
        try:
            yield both
            await both.check(writing)
        finally:
            writing.cancel()
