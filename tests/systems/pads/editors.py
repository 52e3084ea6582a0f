"""Editors for tests of the engine: pycrdt documents on sockets without a network.

They speak y-protocols by themselves, by nothing but what is written in y-protocols/PROTOCOL.md.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pycrdt

from bench.pads.editor import read_varuint, varuint

STEP_1, STEP_2, UPDATE = 0, 1, 2
CONTROL = 64


def sync(kind: int, payload: bytes) -> bytes:
    return varuint(0) + varuint(kind) + varuint(len(payload)) + payload


async def one_turn() -> None:
    """Let everybody else go on once."""
    await asyncio.sleep(0)


class Socket:
    """A PadSocket in memory. ``code``: what it was closed with."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.sent: list[bytes] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._incoming: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def receive(self) -> bytes | None:
        return await self._incoming.get()

    async def send(self, data: bytes) -> None:
        await self.reads.wait()
        if self.code is not None:
            raise ConnectionError("closed")
        self.sent.append(data)

    async def close(self, code: int) -> None:
        if self.code is None:
            self.code = code
            self._incoming.put_nowait(None)

    def put(self, data: bytes) -> None:
        self._incoming.put_nowait(data)

    def hang_up(self) -> None:
        self._incoming.put_nowait(None)


@dataclass
class Editor:
    """Somebody who writes in a plain text."""

    client: int
    socket: Socket = field(default_factory=Socket)
    controls: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=self.client)
        self.body = self.doc.get("body", type=pycrdt.Text)
        self._read = 0

    @property
    def text(self) -> str:
        self.hear()
        return str(self.body)

    def hear(self) -> None:
        """Take in what came."""
        while self._read < len(self.socket.sent):
            data = self.socket.sent[self._read]
            self._read += 1
            kind, at = read_varuint(data, 0)
            if kind == 0:
                self._sync(data, at)
            elif kind == CONTROL:
                size, at = read_varuint(data, at)
                self.controls.append(json.loads(data[at : at + size]))

    def _sync(self, data: bytes, at: int) -> None:
        kind, at = read_varuint(data, at)
        size, at = read_varuint(data, at)
        payload = data[at : at + size]
        if kind == STEP_1:
            self.socket.put(sync(STEP_2, self.doc.get_update(payload)))
        else:
            self.doc.apply_update(payload)

    def ask(self) -> None:
        """Send step 1."""
        self.socket.put(sync(STEP_1, self.doc.get_state()))

    def write(self, text: str) -> None:
        """Type at the end, and send it."""
        before = self.doc.get_state()
        self.body += text
        self.socket.put(sync(UPDATE, self.doc.get_update(before)))

    def told(self, kind: str) -> list[dict[str, Any]]:
        self.hear()
        return [one for one in self.controls if one["t"] == kind]

    @property
    def saved(self) -> bytes | None:
        """The newest acknowledged state vector."""
        told = self.told("saved")
        return base64.b64decode(told[-1]["sv"]) if told else None

    async def until(self, wanted: Any) -> None:
        """Let everybody else go on until ``wanted()`` is true."""
        async with asyncio.timeout(5):
            while not wanted():
                await one_turn()
