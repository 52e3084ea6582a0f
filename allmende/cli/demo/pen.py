"""A live editor of minutes: types letter by letter, like anybody who has the page open.

It speaks what the page speaks: a session by POST, its ticket into the WebSocket, y-protocols
over it. Source: https://github.com/yjs/y-protocols (sync and awareness).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pycrdt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from allmende.cli.demo.browser import Browser, Unreachable
from allmende.transports.tasks import background

PROTOCOL: Final = "allmende.pad.1"
TICK_S: Final = 0.08
_ROOT: Final = "body"
_SYNC: Final = int(pycrdt.YMessageType.SYNC)
_MOST_BYTES: Final = 16 * 1024 * 1024
_OPEN_S: Final = 10.0


class Pen:
    """One open editor. ``write`` adds a paragraph at the end."""

    def __init__(self, socket: ClientConnection, doc: "pycrdt.Doc[Any]") -> None:
        self._socket = socket
        self._doc = doc
        self._body = doc.get(_ROOT, type=pycrdt.XmlFragment)
        self._awareness = pycrdt.Awareness(doc)
        self._is_known = asyncio.Event()

    async def write(self, text: str, letters_per_s: float) -> None:
        """Type ``text`` into a paragraph of its own. Raises Unreachable."""
        async with asyncio.timeout(_OPEN_S):
            await self._is_known.wait()
        before = self._doc.get_state()
        clock = _clock_of(before, self._doc.client_id)
        with self._doc.transaction():
            paragraph = self._body.children.append(pycrdt.XmlElement("paragraph"))
            line = paragraph.children.append(pycrdt.XmlText(""))
        # The paragraph has the first number that was free, the text in it the next.
        caret = {
            "type": {"client": self._doc.client_id, "clock": clock + 1},
            "tname": None,
            "item": None,
            "assoc": 0,
        }
        await self._tell(before)
        await self._point({"anchor": caret, "head": caret})
        at_once = max(1, round(letters_per_s * TICK_S))
        pause_s = at_once / letters_per_s
        for start in range(0, len(text), at_once):
            before = self._doc.get_state()
            line += text[start : start + at_once]
            await self._tell(before)
            await asyncio.sleep(pause_s)
        await self._point(None)

    async def read(self) -> None:
        """Take in what others write, until it is cut. Raises Unreachable."""
        try:
            async for message in self._socket:
                if isinstance(message, bytes) and message[:1] == bytes([_SYNC]):
                    await self._take(message)
        except WebSocketException as failure:
            raise Unreachable(type(failure).__name__) from failure
        raise Unreachable("closed")

    async def ask(self) -> None:
        """Ask for what there is already."""
        await self._send(pycrdt.create_sync_message(self._doc))

    async def _take(self, message: bytes) -> None:
        answer = pycrdt.handle_sync_message(message[1:], self._doc)
        if answer is not None:
            await self._send(answer)
        if message[1] == pycrdt.YSyncMessageType.SYNC_STEP2:
            self._is_known.set()

    async def _tell(self, before: bytes) -> None:
        await self._send(pycrdt.create_update_message(self._doc.get_update(before)))

    async def _point(self, cursor: object) -> None:
        self._awareness.set_local_state({"cursor": cursor})
        state = self._awareness.encode_awareness_update([self._doc.client_id])
        await self._send(pycrdt.create_awareness_message(state))

    async def _send(self, message: bytes) -> None:
        try:
            await self._socket.send(message)
        except WebSocketException as failure:
            raise Unreachable(type(failure).__name__) from failure


@asynccontextmanager
async def pen_at(browser: Browser, path: str) -> AsyncIterator[tuple[Pen, asyncio.Task[None]]]:
    """Open the pad at ``path`` and keep it open. Raises Refused and Unreachable.

    The task ends when the pad is closed on us.
    """
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    session = await browser.post(f"{path}/session", {"client": doc.client_id})
    where = "ws" + browser.url.removeprefix("http") + session["url"]
    try:
        socket = await connect(
            where,
            subprotocols=[Subprotocol(PROTOCOL), Subprotocol(f"ticket.{session['ticket']}")],
            additional_headers={"Cookie": browser.cookies()},
            origin=Origin(browser.url),
            max_size=_MOST_BYTES,
            open_timeout=_OPEN_S,
            close_timeout=1,
            proxy=None,
        )
    except (WebSocketException, OSError) as failure:
        raise Unreachable(type(failure).__name__) from failure
    pen = Pen(socket, doc)
    try:
        await pen.ask()
        async with background(_until_cut(pen), name="pen") as reading:
            yield pen, reading
    finally:
        await socket.close()


async def _until_cut(pen: Pen) -> None:
    try:
        await pen.read()
    except Unreachable:
        return


def _clock_of(state_vector: bytes, client: int) -> int:
    """Return how many numbers ``client`` has used. Source: lib0 varuint, Yjs state vector."""
    reader = pycrdt.Decoder(state_vector)
    for _ in range(reader.read_var_uint()):
        known, clock = reader.read_var_uint(), reader.read_var_uint()
        if known == client:
            return clock
    return 0
