"""An editor as the browser has one, without a browser: y-protocols over the public WebSocket.

Knows nothing of our code. Who ``watches`` keeps the whole text and notes when each edit of
others arrived; the others read what they are sent and throw it away, as a load should.
"""

import asyncio
import base64
import json
import random
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

import httpx
import pycrdt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.visitor import Visitor, solve

STEP_1, STEP_2, UPDATE = 0, 1, 2
SYNC, CONTROL = 0, 64
TIMEOUT_S: Final = 30.0
_DELETES: Final = 0.12
_BURST: Final = 25
_PARAGRAPHS: Final = 60
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz "


def varuint(number: int) -> bytes:
    """Return a number as lib0 writes it."""
    out = bytearray()
    while number > 127:
        out.append(128 | (number & 127))
        number >>= 7
    return bytes((*out, number))


def read_varuint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where the next thing begins."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


def clocks_of(state_vector: bytes) -> dict[int, int]:
    """Return the clock of each client in a state vector."""
    count, at = read_varuint(state_vector, 0)
    clocks = {}
    for _ in range(count):
        client, at = read_varuint(state_vector, at)
        clocks[client], at = read_varuint(state_vector, at)
    return clocks


def sync(kind: int, payload: bytes) -> bytes:
    """Return a message of the sync protocol."""
    return varuint(SYNC) + varuint(kind) + varuint(len(payload)) + payload


@dataclass
class Sent:
    """When each edit of one writer left: ``ends`` are clocks, ``at_s`` the seconds."""

    ends: list[int] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)


Diary = dict[int, Sent]
"""By Yjs clientID; shared by all editors of one process."""


class Editor:
    """One open pad. Open it with ``open_editor``."""

    def __init__(self, diary: Diary, *, watches: bool) -> None:
        self.client = random.getrandbits(32) | 1
        self.watches = watches
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=self.client)
        self.body = self.doc.get("body", type=pycrdt.XmlFragment)
        self._words: pycrdt.XmlText | None = None
        self.edits = 0
        self.latencies_s: list[float] = []
        self.saved: dict[int, int] = {}
        self.closed: int | None = None
        self.cookies = httpx.Cookies()
        self.news = asyncio.Event()
        self.opened = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._diary = diary
        self._mine = diary[self.client] = Sent()
        self._seen: dict[int, int] = {}
        self._chance = random.Random(self.client)
        self._synced = asyncio.Event()
        self._updates: list[bytes] = []
        self.doc.observe(lambda event: self._updates.append(event.update))

    @property
    def clock(self) -> int:
        """How much this editor has written."""
        return clocks_of(self.doc.get_state()).get(self.client, 0)

    @property
    def unsaved(self) -> int:
        """How much of it was not acknowledged."""
        return self.clock - self.saved.get(self.client, 0)

    @property
    def text(self) -> str:
        """The text as it is here."""
        return str(self.body)

    def type(self) -> bytes:
        """Type in a paragraph of one's own: a letter more, or one less. Return the update."""
        self._updates = []
        if self._words is None:
            with self.doc.transaction():
                paragraph = self.body.children.append(pycrdt.XmlElement("paragraph"))
                self._words = paragraph.children.append(pycrdt.XmlText())
        else:
            size = len(self._words)
            if size and self._chance.random() < _DELETES:
                del self._words[size - 1 : size]
            else:
                self._words.insert(size, self._chance.choice(_LETTERS))
        self.edits += 1
        (update,) = self._updates
        return update

    def work_on(self, edits: int) -> bytes:
        """Type on in many paragraphs, now here, now there; return all of it as one update."""
        self._updates = []
        with self.doc.transaction():
            if len(self.body.children) < _PARAGRAPHS:
                paragraph = self.body.children.append(pycrdt.XmlElement("paragraph"))
                paragraph.children.append(pycrdt.XmlText())
            for _ in range(edits // _BURST):
                self._type_in(self._chance.choice(list(self.body.children)).children[0], _BURST)
        (update,) = self._updates
        return update

    def _type_in(self, words: Any, edits: int) -> None:
        size = len(words)
        place = self._chance.randint(0, size)
        for _ in range(edits):
            if place and self._chance.random() < _DELETES:
                place -= 1
                del words[place : place + 1]
            else:
                words.insert(place, self._chance.choice(_LETTERS))
                place += 1

    async def write(self) -> None:
        """Make one edit and send it."""
        update, clock = self.type(), self.clock
        if not self._mine.ends or clock > self._mine.ends[-1]:
            self._mine.ends.append(clock)
            self._mine.at_s.append(time.perf_counter())
        await self.send(sync(UPDATE, update))

    async def send(self, data: bytes) -> None:
        """Send one message. Raises ConnectionError."""
        if self._socket is None:
            raise ConnectionError("not open")
        try:
            await self._socket.send(data)
        except ConnectionClosed as closed:
            raise ConnectionError("closed") from closed

    async def open(self, url: str, ticket: str) -> None:
        """Connect and take in the text so far (who watches). Raises ConnectionError."""
        self._synced.clear()
        self.closed = None
        address = urlsplit(url)
        try:
            self._socket = await self._connect(address, ticket)
        except (OSError, InvalidHandshake, EOFError) as failure:
            raise ConnectionError("not connected") from failure
        self.opened.set()
        await self.send(sync(STEP_1, self.doc.get_state()))

    async def _connect(self, address: SplitResult, ticket: str) -> ClientConnection:
        return await connect(
            f"ws://{address.netloc}/p/ws/live",
            subprotocols=["allmende.pad.1", f"ticket.{ticket}"],  # type: ignore[list-item]  # plain strings
            origin=f"{address.scheme}://{address.netloc}",  # type: ignore[arg-type]  # a plain string
            compression=None,
            max_size=None,
            ping_interval=None,
        )

    async def read(self) -> None:
        """Take in messages until the socket is closed."""
        socket = self._socket
        if socket is None:
            raise ConnectionError("not open")
        with suppress(ConnectionClosed):
            async for message in socket:
                if isinstance(message, bytes):
                    await self._hear(message)
                    self.news.set()
        self.closed = socket.close_code or 1006
        self._synced.set()
        self.news.set()

    async def close(self) -> None:
        """Go away."""
        if self._socket is not None:
            await self._socket.close()

    async def synced(self) -> None:
        """Wait for the text so far. Raises ConnectionError."""
        async with asyncio.timeout(TIMEOUT_S):
            await self._synced.wait()
        if self.closed is not None:
            raise ConnectionError("closed")

    async def _hear(self, data: bytes) -> None:
        kind, at = read_varuint(data, 0)
        if kind == CONTROL:
            size, at = read_varuint(data, at)
            told = json.loads(data[at : at + size])
            if told["t"] == "saved":
                self.saved = clocks_of(base64.b64decode(told["sv"]))
        elif kind == SYNC:
            kind, at = read_varuint(data, at)
            size, at = read_varuint(data, at)
            await self._sync(kind, data[at : at + size])

    async def _sync(self, kind: int, payload: bytes) -> None:
        if kind == STEP_1:
            await self.send(sync(STEP_2, self.doc.get_update(payload)))
            return
        if self.watches:
            self.doc.apply_update(payload)
            self._note(time.perf_counter())
        if kind == STEP_2:
            self._synced.set()

    def _note(self, now_s: float) -> None:
        """Note how long each new edit of others was on its way."""
        for client, clock in clocks_of(self.doc.get_state()).items():
            before = self._seen.get(client, 0)
            sent = self._diary.get(client)
            if client == self.client or sent is None or before >= len(sent.ends):
                continue
            while before < len(sent.ends) and sent.ends[before] <= clock:
                self.latencies_s.append(now_s - sent.at_s[before])
                before += 1
            self._seen[client] = before


@dataclass(frozen=True)
class Made:
    """A new pad: its address, and the one for whoever looks after it."""

    path: str
    admin_path: str


async def new_pad(url: str) -> Made:
    """Press "write a pad" on the start page."""
    async with Visitor(url) as visitor:
        async with browser() as web:
            proof = solve((await web.get(f"{url}/api/v1/challenge")).json())
        made = urlsplit(await visitor.sent("/p", "/p", {"proof": proof}))
    token = parse_qs(made.query)["a"][0]
    return Made(made.path.removesuffix("/made"), f"/p/a.{token}")


def browser(cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
    """Return what fetches pages; without TLS, which takes long to set up."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(verify=tls, timeout=TIMEOUT_S, cookies=cookies)


async def ticket_for(editor: Editor, url: str, path: str) -> str:
    """Ask for a ticket as the page does. Raises httpx errors."""
    async with browser(editor.cookies) as web:
        answer = await web.post(f"{url}{path}/session", json={"client": editor.client})
        answer.raise_for_status()
        editor.cookies = web.cookies
    return str(answer.json()["ticket"])


async def state_of(url: str, path: str, web: httpx.AsyncClient) -> "pycrdt.Doc[Any]":
    """Return the whole document as the server has it."""
    answer = await web.get(f"{url}{path}/state")
    answer.raise_for_status()
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.get("body", type=pycrdt.XmlFragment)
    doc.apply_update(answer.content)
    return doc
