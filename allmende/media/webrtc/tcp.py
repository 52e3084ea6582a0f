"""ICE-TCP, passive (RFC 6544), with the framing of RFC 4571: uint16 length, datagram.

Half-open connections must not hurt: one that has not passed a check is closed after 10 s,
and when there are too many of them the oldest makes room.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final, cast

from allmende.media.webrtc.paths import Path, Receiver

MAX_FRAME_BYTES: Final = 2048
VIDEO_DROPPED_ABOVE_BYTES: Final = 256 * 1024
CLOSED_ABOVE_BYTES: Final = 1024 * 1024
MAX_UNCHECKED: Final = 256
UNCHECKED_TIMEOUT_S: Final = 10.0
IDLE_TIMEOUT_S: Final = 45.0


class FrameTooLarge(Exception):
    """A peer announces a frame that is no datagram of WebRTC."""


class Framing:
    """Cuts a stream into datagrams (RFC 4571, 2)."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Add ``data`` and yield every datagram that is whole. Raises FrameTooLarge."""
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if end - 2 > MAX_FRAME_BYTES:
                raise FrameTooLarge
            if len(self._buffer) < end:
                return
            datagram = bytes(self._buffer[2:end])
            del self._buffer[:end]
            yield datagram


def framed(datagram: bytes) -> bytes:
    """Return ``datagram`` with its length in front."""
    return len(datagram).to_bytes(2, "big") + datagram


class TcpPort:
    """All ICE-TCP connections of a worker, oldest first."""

    def __init__(
        self,
        receiver: Receiver,
        is_known: Callable[[object], bool],
        lost: Callable[[object], None],
        clock_s: Callable[[], float],
        max_connections: int,
    ) -> None:
        self.packets_out = 0
        self.receiver = receiver
        self.clock_s = clock_s
        self._is_known = is_known
        self._lost = lost
        self._max_connections = max_connections
        # A dict keeps the order; unchecked ones move to `_checked` with their first check.
        self._unchecked: dict[TcpConnection, None] = {}
        self._checked: dict[TcpConnection, None] = {}

    def __len__(self) -> int:
        return len(self._unchecked) + len(self._checked)

    def connection(self) -> "TcpConnection":
        """Protocol factory for `loop.create_server`."""
        return TcpConnection(self)

    def opened(self, connection: "TcpConnection") -> bool:
        """Keep a new connection if there is room, else the oldest stranger makes it."""
        if len(self._checked) >= self._max_connections:
            return False
        if len(self._unchecked) >= MAX_UNCHECKED:
            next(iter(self._unchecked)).abort()
        self._unchecked[connection] = None
        return True

    def heard(self, connection: "TcpConnection") -> None:
        """Something came in; did it pass a check?"""
        if connection in self._unchecked and self._is_known(connection):
            del self._unchecked[connection]
            self._checked[connection] = None

    def closed(self, connection: "TcpConnection") -> None:
        """Forget a connection."""
        self._unchecked.pop(connection, None)
        if connection in self._checked:
            del self._checked[connection]
            self._lost(connection)

    def tick(self, now_s: float) -> None:
        """Close strangers that say nothing useful and clients that have gone."""
        for connection in list(self._unchecked):
            if now_s - connection.opened_s <= UNCHECKED_TIMEOUT_S:
                break  # the rest is younger
            connection.abort()
        for connection in list(self._checked):
            if now_s - connection.heard_s > IDLE_TIMEOUT_S or not self._is_known(connection):
                connection.abort()

    def close(self) -> None:
        """Close every connection."""
        for connection in [*self._unchecked, *self._checked]:
            connection.abort()


class TcpConnection(asyncio.Protocol):
    """One connection: a path, and the source of its datagrams."""

    def __init__(self, port: TcpPort) -> None:
        self.opened_s = self.heard_s = port.clock_s()
        self._port = port
        self._framing = Framing()
        self._transport: asyncio.Transport | None = None
        self._remote = ("::", 0)  # nobody yet

    @property
    def remote(self) -> tuple[str, int]:
        """Host and port of the client."""
        return self._remote

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if not peer or not self._port.opened(self):
            self.abort()
            return
        self._remote = (peer[0], peer[1])

    def data_received(self, data: bytes) -> None:
        """Hand on what is whole."""
        self.heard_s = self._port.clock_s()
        try:
            for datagram in self._framing.receive(data):
                self._port.receiver.received(datagram, self, self, b"", self.heard_s)
                if self._transport is None:
                    return
        except FrameTooLarge:
            self.abort()
            return
        self._port.heard(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._transport = None
        self._port.closed(self)

    def path_back(self, remote: object, local: bytes) -> Path:
        """The way back is the connection itself."""
        return self

    def send(self, datagram: bytes) -> None:
        """Queue; a client that is 1 MiB behind is cut off."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > CLOSED_ABOVE_BYTES:
            self.abort()
            return
        transport.write(framed(datagram))
        self._port.packets_out += 1

    def send_video(self, datagram: bytes) -> None:
        """Queue unless the client is 256 KiB behind."""
        transport = self._transport
        if transport is not None and (
            transport.get_write_buffer_size() <= VIDEO_DROPPED_ABOVE_BYTES
        ):
            self.send(datagram)

    def abort(self) -> None:
        """Close at once, whatever waits."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._port.closed(self)
