"""A WebSocket as a carrier of whole binary messages, the way protocols want one."""

from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState


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


class StarletteSocket:
    """Starlette's WebSocket, accepted. Text comes as an empty message."""

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
        """Close; closed already, or in this moment: nothing."""
        if not self._is_open():
            return
        try:
            await self._socket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            return

    def _is_open(self) -> bool:
        states = (self._socket.application_state, self._socket.client_state)
        return all(state is WebSocketState.CONNECTED for state in states)
