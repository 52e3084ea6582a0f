"""The least of a WebSocket client: whole messages over one connection (RFC 6455)."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import wsproto
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

_READ_BYTES: Final = 256 * 1024
OPEN_S: Final = 15.0


class WebSocketRefused(Exception):
    """The server answered with another status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class WebSocket:
    """An open connection. Make it with ``open_websocket``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._wire = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self._events: Iterator[Event] = iter(())
        self._message = bytearray()

    async def greet(self, host: str, target: str, subprotocols: Sequence[str] = ()) -> None:
        """Ask for the upgrade. Raises WebSocketRefused, OSError."""
        request = Request(host=host, target=target, subprotocols=list(subprotocols))
        self._writer.write(self._wire.send(request))
        event = await self._next()
        if isinstance(event, RejectConnection):
            raise WebSocketRefused(event.status_code)
        if not isinstance(event, AcceptConnection):
            raise ConnectionError("no answer to the upgrade")

    async def receive(self) -> bytes | None:
        """Return the next whole message, text as UTF-8; None: closed."""
        while True:
            try:
                event = await self._next()
            except OSError:
                return None
            if event is None or isinstance(event, CloseConnection):
                return None
            if isinstance(event, Ping):
                self._writer.write(self._wire.send(event.response()))
            elif isinstance(event, BytesMessage | TextMessage):
                data = event.data
                self._message += data.encode() if isinstance(data, str) else data
                if event.message_finished:
                    whole = bytes(self._message)
                    self._message.clear()
                    return whole

    def send(self, message: bytes | str) -> None:
        """Send one message; on a closed connection nothing happens."""
        if self._writer.is_closing():
            return
        if isinstance(message, str):
            self._writer.write(self._wire.send(TextMessage(data=message)))
        else:
            self._writer.write(self._wire.send(BytesMessage(data=message)))

    def close(self) -> None:
        """Close at once, as a page does that is closed."""
        self._writer.transport.abort()

    async def _next(self) -> Event | None:
        while True:
            event = next(self._events, None)
            if event is not None:
                return event
            data = await self._reader.read(_READ_BYTES)
            if not data:
                return None
            self._wire.receive_data(data)
            self._events = self._wire.events()


async def open_websocket(
    url: str,
    target: str,
    context: ssl.SSLContext | None = None,
    subprotocols: Sequence[str] = (),
) -> WebSocket:
    """Connect to ``target`` (path and query) of the server at ``url`` (http or https).

    Raises WebSocketRefused, OSError, TimeoutError.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    async with asyncio.timeout(OPEN_S):
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        socket = WebSocket(reader, writer)
        try:
            await socket.greet(parts.netloc, target, subprotocols)
        except BaseException:
            socket.close()
            raise
    return socket
