"""Chat over a WebSocket, for pages: one message is one element (RFC 7395); and where (XEP-0156)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from allmende.protocols.xml.tree import element, write
from allmende.systems.chat.wire.frames import SUBPROTOCOL
from allmende.systems.chat.wire.line import Line
from allmende.transports.tasks import background
from allmende.webkit.http import json_response
from allmende.webkit.limits import AddressKeys
from allmende.webkit.sockets import is_same_origin

PATH: Final = "/xmpp-websocket"
MAX_UNREAD: Final = 8
"""Messages of a client that nobody has read; then it is not read from."""

MAX_UNSENT_BYTES: Final = 1024 * 1024
_RELATION: Final = "urn:xmpp:alt-connections:websocket"
_XRD: Final = "http://docs.oasis-open.org/ns/xri/xrd-1.0"
_CLOSING_S: Final = 5.0
_NORMAL: Final = 1000
_EVERYWHERE: Final = {"Access-Control-Allow-Origin": "*"}

Serve = Callable[[Line], Awaitable[None]]


class SocketLine:
    """Is a `line.Line`. It is encrypted where pages are, or never leaves this machine."""

    def __init__(self, socket: WebSocket, source_key: str) -> None:
        self.source_key = source_key
        self.closed = False
        self.secure = True
        self._socket = socket
        self._unread: deque[bytes] = deque()
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._over = False
        self._news, self._roomy, self._work = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @property
    def has_unread(self) -> bool:
        """Whether something came that nobody has read."""
        return bool(self._unread)

    def bindings(self) -> Mapping[str, bytes]:
        """Return nothing: TLS may end before us."""
        return {}

    async def read(self) -> bytes:
        """Return one message; nothing when it is over."""
        while not self._unread and not (self.closed or self._over):
            self._news.clear()
            await self._news.wait()
        self._roomy.set()
        return self._unread.popleft() if self._unread and not self.closed else b""

    def write(self, data: bytes) -> None:
        """Send one message. Who takes nothing for too long is cut off."""
        if self.closed:
            return
        self._unsent.append(data)
        self._unsent_bytes += len(data)
        self._work.set()
        if self._unsent_bytes > MAX_UNSENT_BYTES:
            self._unsent.clear()
            self.close()

    def start_tls(self) -> None:
        """No frame asks for it."""
        raise AssertionError("a WebSocket is encrypted before it opens, or not at all")

    def signed_in(self) -> None:
        """The house counts all WebSockets alike."""

    def close(self) -> None:
        """Send what waits, then end."""
        self.closed = True
        self._news.set()
        self._work.set()

    async def hear(self) -> None:
        """Take in what comes, until the end; what came before it is still read."""
        while not self.closed:
            message = await self._socket.receive()
            text = message.get("text")
            self._news.set()
            if message["type"] != "websocket.receive" or text is None:
                self._over = True
                return
            self._unread.append(text.encode() or b" ")
            while len(self._unread) >= MAX_UNREAD and not self.closed:
                self._roomy.clear()
                await self._roomy.wait()

    async def say(self) -> None:
        """Send what is written, until the end."""
        while True:
            while self._unsent:
                data = self._unsent.popleft()
                try:
                    await self._socket.send_text(data.decode())
                except (WebSocketDisconnect, RuntimeError):
                    self.close()
                    return
                self._unsent_bytes -= len(data)
            if self.closed:
                return
            self._work.clear()
            await self._work.wait()


def frame_routes(serve: Serve, addresses: AddressKeys, url: str) -> list[BaseRoute]:
    """Return the WebSocket, and what tells where it is. ``url``: of the pages."""
    place = f"ws{url.removeprefix('http')}{PATH}"

    async def frames(socket: WebSocket) -> None:
        if not is_same_origin(socket) or SUBPROTOCOL not in socket.scope.get("subprotocols", []):
            await socket.send_denial_response(PlainTextResponse("not for this", 403))
            return
        await socket.accept(subprotocol=SUBPROTOCOL)
        line = SocketLine(socket, addresses.key_of(socket))
        async with background(line.hear()), background(line.say()) as saying:
            try:
                await serve(line)
            finally:
                line.close()
            await asyncio.wait([saying], timeout=_CLOSING_S)
        try:
            await socket.close(_NORMAL)
        except (WebSocketDisconnect, RuntimeError):
            return

    async def host_meta(_: Request) -> Response:
        found = element(_XRD, "XRD", element(_XRD, "Link", rel=_RELATION, href=place))
        return Response(write(found), media_type="application/xrd+xml", headers=_EVERYWHERE)

    async def host_meta_json(_: Request) -> Response:
        answer = json_response({"links": [{"rel": _RELATION, "href": place}]})
        answer.headers.update(_EVERYWHERE)
        return answer

    return [
        WebSocketRoute(PATH, frames),
        Route("/.well-known/host-meta", host_meta, methods=["GET"]),
        Route("/.well-known/host-meta.json", host_meta_json, methods=["GET"]),
    ]
