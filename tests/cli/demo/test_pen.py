"""The pen: letter by letter into a pad of a server that is not ours (pycrdt over websockets)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pycrdt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from allmende.cli.demo.browser import Browser, Unreachable
from allmende.cli.demo.pen import PROTOCOL, pen_at

PAD = "/r/garten/pads/minutes"
FAST = 1e6


class Pad:
    """A pad with a line in it. ``messages`` is what came, by kind."""

    def __init__(self) -> None:
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self.body = self.doc.get("body", type=pycrdt.XmlFragment)
        self.line("Schon da.")
        self.clients: list[int] = []
        self.offered: list[list[str]] = []
        self.updates = 0
        self.people = pycrdt.Awareness(self.doc)
        self.cursors: list[object] = []
        self.socket: ServerConnection | None = None

    def line(self, text: str) -> None:
        with self.doc.transaction():
            paragraph = self.body.children.append(pycrdt.XmlElement("paragraph"))
            paragraph.children.append(pycrdt.XmlText(text))

    def text(self) -> str:
        return str(self.body)

    async def session(self, request: Request) -> Response:
        self.clients.append((await request.json())["client"])
        return JSONResponse({"ticket": "abc", "url": "/p/ws/live"})

    async def live(self, socket: ServerConnection) -> None:
        self.socket = socket
        await socket.send(pycrdt.create_sync_message(self.doc))
        async for message in socket:
            assert isinstance(message, bytes)
            if message[0] == pycrdt.YMessageType.SYNC:
                self.updates += message[1] == pycrdt.YSyncMessageType.SYNC_UPDATE
                answer = pycrdt.handle_sync_message(message[1:], self.doc)
                if answer is not None:
                    await socket.send(answer)
            else:
                self.people.apply_awareness_update(pycrdt.read_message(message[1:]), "test")
                self.cursors.append(self.people.states[self.clients[-1]]["cursor"])

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Browser]:
        """A browser of somebody who may write here."""

        def chosen(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol:
            self.offered.append([str(one) for one in offered])
            return offered[0]

        async with serve(self.live, "127.0.0.1", 0, select_subprotocol=chosen) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            app = Starlette(routes=[Route(f"{PAD}/session", self.session, methods=["POST"])])
            transport = httpx.ASGITransport(app)
            async with Browser(f"http://127.0.0.1:{port}", "de", transport=transport) as browser:
                yield browser


async def written(pad: Pad, *lines: str, letters_per_s: float = FAST) -> None:
    async with asyncio.timeout(5), pad.opened() as browser, pen_at(browser, PAD) as (pen, _):
        for line in lines:
            await pen.write(line, letters_per_s)
        assert pad.socket is not None
        # Whoever was answered has been heard: what was sent before has arrived.
        await (await pad.socket.ping())


def test_lines_come_after_what_is_there() -> None:
    pad = Pad()
    asyncio.run(written(pad, "Grüße aus Köln.", "Zwei."))
    assert pad.text() == (
        "<paragraph>Schon da.</paragraph><paragraph>Grüße aus Köln.</paragraph>"
        "<paragraph>Zwei.</paragraph>"
    )
    assert pad.offered == [[PROTOCOL, "ticket.abc"]]


def test_it_is_typed_in_pieces_and_not_at_once() -> None:
    pad = Pad()
    asyncio.run(written(pad, "abcdef", letters_per_s=30))
    assert pad.updates == 4, "the paragraph, then six letters, two at a time"


def test_the_caret_stands_in_the_line_while_it_is_written() -> None:
    pad = Pad()
    asyncio.run(written(pad, "Eins."))
    (client,) = pad.clients
    where = {"type": {"client": client, "clock": 1}, "tname": None, "item": None, "assoc": 0}
    assert pad.cursors == [{"anchor": where, "head": where}, None]


def test_what_others_write_is_taken_in() -> None:
    async def tell() -> str:
        pad = Pad()
        async with asyncio.timeout(5), pad.opened() as browser, pen_at(browser, PAD) as (pen, _):
            await pen.write("Eins.", FAST)
            before = pad.doc.get_state()
            pad.line("Von Juno.")
            assert pad.socket is not None
            await pad.socket.send(pycrdt.create_update_message(pad.doc.get_update(before)))
            await (await pad.socket.ping())
            await pen.write("Zwei.", FAST)
            await (await pad.socket.ping())
        return pad.text()

    text = asyncio.run(tell())
    assert [text.index(one) for one in ("Eins", "Von Juno", "Zwei")] == sorted(
        text.index(one) for one in ("Eins", "Von Juno", "Zwei")
    )


def test_a_pad_that_is_closed_on_us_ends_the_pen() -> None:
    async def tell() -> None:
        pad = Pad()
        async with asyncio.timeout(5), pad.opened() as browser, pen_at(browser, PAD) as (pen, over):
            await pen.write("Eins.", FAST)
            assert pad.socket is not None
            await pad.socket.close(4404)
            await over
            with pytest.raises(Unreachable):
                await pen.write("Zwei.", FAST)

    asyncio.run(tell())


def test_a_pad_that_cannot_be_reached_is_said() -> None:
    async def tell() -> None:
        async def session(_: Request) -> Response:
            return JSONResponse({"ticket": "abc", "url": "/p/ws/live"})

        app = Starlette(routes=[Route(f"{PAD}/session", session, methods=["POST"])])
        async with (
            Browser("http://127.0.0.1:9", "de", transport=httpx.ASGITransport(app)) as browser,
            pen_at(browser, PAD),
        ):
            pass

    with pytest.raises(Unreachable):
        asyncio.run(tell())
