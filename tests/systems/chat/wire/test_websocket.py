"""Frames of a page: one message is one element; the WebSocket ends with the stream."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette

from allmende.storage.database import Database
from allmende.systems.chat.wire.line import Line
from allmende.systems.chat.wire.websocket import MAX_UNREAD, MAX_UNSENT_BYTES, PATH, frame_routes
from allmende.webkit.limits import AddressKeys
from tests.identity.town import HandClock
from tests.systems.chat.wire.lines import PLAIN
from tests.systems.chat.wire.whole import DOMAIN, Village

OPEN = f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{DOMAIN}' version='1.0'/>"
CLOSE = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"


class Page:
    """A page with a WebSocket to ``serve``."""

    def __init__(
        self, serve: Callable[[Line], Awaitable[None]], *, offered: str = "xmpp", origin: str = ""
    ) -> None:
        routes = frame_routes(serve, AddressKeys(HandClock()), "https://x.example")
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        headers = [(b"host", b"x.example")]
        headers += [(b"origin", origin.encode())] if origin else []
        scope = {
            "type": "websocket",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "headers": headers,
            "client": ("192.0.2.1", 5),
            "subprotocols": [offered],
            "extensions": {"websocket.http.response": {}},
        }
        app = Starlette(routes=routes)
        self.task = asyncio.ensure_future(app(scope, self._said.get, self.heard.put))

    def say(self, text: str) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def hear(self) -> Any:
        async with asyncio.timeout(20):
            message = await self.heard.get()
        return message.get("text") or message.get("code") or message["type"]


def test_a_page_signs_in_by_frames_and_closes(database: Database) -> None:
    village = Village(database)
    village.move_in("anna")

    async def story(village: Village) -> None:
        page = Page(village.server.serve_frames, origin="https://x.example")
        assert await page.hear() == "websocket.accept"
        page.say(OPEN)
        assert (await page.hear()).startswith("<open ")
        assert "<stream:features xmlns:stream=" in await page.hear()
        page.say(PLAIN.decode())
        assert (await page.hear()).startswith("<success ")
        page.say(OPEN)
        await page.hear()
        assert "urn:ietf:params:xml:ns:xmpp-bind" in await page.hear()
        page.say(CLOSE)
        assert await page.hear() == CLOSE
        assert await page.hear() == 1000
        await page.task

    village.play(story)


def test_other_sites_and_other_protocols_are_refused() -> None:
    async def never(_line: Line) -> None:
        raise AssertionError("nobody is served")

    async def story() -> list[Any]:
        pages = [Page(never, origin="https://evil.example"), Page(never, offered="mqtt")]
        return [(await page.heard.get())["status"] for page in pages]

    assert asyncio.run(story()) == [403, 403]


def test_what_came_before_the_end_is_still_read_and_not_too_much_at_once() -> None:
    read: list[bytes] = []

    async def slowly(line: Line) -> None:
        while data := await line.read():
            read.append(data)

    async def story() -> None:
        page = Page(slowly)
        for number in range(3 * MAX_UNREAD):
            page.say(str(number))
        page.say("")
        page.leave()
        await page.task

    asyncio.run(story())
    assert read == [*(str(number).encode() for number in range(3 * MAX_UNREAD)), b" "]


def test_who_takes_nothing_is_cut_off() -> None:
    lines: list[Line] = []

    async def loud(line: Line) -> None:
        lines.append(line)
        line.write(b"x" * (MAX_UNSENT_BYTES + 1))
        assert line.closed
        line.write(b"more")

    async def story() -> list[Any]:
        page = Page(loud)
        await page.task
        return [await page.hear() for _ in range(page.heard.qsize())]

    assert asyncio.run(story()) == ["websocket.accept", 1000]
    assert not lines[0].bindings()
    with pytest.raises(AssertionError):
        lines[0].start_tls()


@pytest.mark.parametrize("path", ["/.well-known/host-meta", "/.well-known/host-meta.json"])
def test_pages_of_others_find_where_it_is(path: str) -> None:
    async def never(_line: Line) -> None:
        raise AssertionError("nobody is served")

    routes = frame_routes(never, AddressKeys(HandClock()), "https://x.example")
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    heard: list[Any] = []

    async def send(message: Any) -> None:
        heard.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    asyncio.run(Starlette(routes=routes)(scope, receive, send))
    assert (b"access-control-allow-origin", b"*") in heard[0]["headers"]
    assert b"wss://x.example/xmpp-websocket" in heard[1]["body"]
