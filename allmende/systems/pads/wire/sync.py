"""``/p/ws/live``: y-protocols, one message in one binary WebSocket message (spec pads, 5).

Our own editor offers the subprotocols ``allmende.pad.1`` and ``ticket.TICKET``; a stock
y-websocket client brings ``?ticket=TICKET``. The query never reaches a log.
"""

from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from allmende.systems.pads.service.engine import PadSocket

PATH: Final = "/p/ws/live"
SUBPROTOCOL: Final = "allmende.pad.1"
_TICKET: Final = "ticket."


class Editors(Protocol):
    """Who serves editors: PadEngine."""

    async def connect(self, token: str, socket: PadSocket, *, controls: bool) -> None:
        """Serve one editor until its socket is closed."""
        ...


class StarletteSocket:
    """A PadSocket over Starlette's WebSocket. Text comes as an empty message."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> bytes | None:
        """Return the next message, None once the WebSocket is closed."""
        if self._socket.client_state is not WebSocketState.CONNECTED:
            return None
        message = await self._socket.receive()
        if message["type"] != "websocket.receive":
            return None
        data: bytes = message.get("bytes") or b""
        return data

    async def send(self, data: bytes) -> None:
        """Send one message. Raises ConnectionError when the WebSocket is closed."""
        if not self._is_open():
            raise ConnectionError("the WebSocket is closed")
        try:
            await self._socket.send_bytes(data)
        except (WebSocketDisconnect, RuntimeError) as gone:
            raise ConnectionError("the WebSocket is closed") from gone

    async def close(self, code: int) -> None:
        """Close; closed already: nothing."""
        if not self._is_open():
            return
        try:
            await self._socket.close(code)
        except (WebSocketDisconnect, RuntimeError) as gone:
            raise ConnectionError("the WebSocket is closed") from gone

    def _is_open(self) -> bool:
        states = (self._socket.application_state, self._socket.client_state)
        return all(state is WebSocketState.CONNECTED for state in states)


def live_routes(editors: Editors) -> list[BaseRoute]:
    """Return the WebSocket of all pads. No pad is looked up before the ticket is good."""

    async def live(socket: WebSocket) -> None:
        if not is_same_origin(socket):
            await socket.send_denial_response(PlainTextResponse("other site", 403))
            return
        offered: list[str] = socket.scope.get("subprotocols", [])
        controls = SUBPROTOCOL in offered
        await socket.accept(subprotocol=SUBPROTOCOL if controls else None)
        carried: PadSocket = StarletteSocket(socket)
        await editors.connect(_ticket(socket, offered), carried, controls=controls)

    return [WebSocketRoute(PATH, live)]


def is_same_origin(socket: WebSocket) -> bool:
    """Return whether our own page connects. A program that is no browser sends no ``Origin``.

    Only the host is compared: behind a proxy our own scheme may be another.
    """
    origin = socket.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == socket.headers.get("host", "")
    except ValueError:
        return False


def _ticket(socket: WebSocket, offered: list[str]) -> str:
    for one in offered:
        if one.startswith(_TICKET):
            return one.removeprefix(_TICKET)
    return socket.query_params.get("ticket", "")
