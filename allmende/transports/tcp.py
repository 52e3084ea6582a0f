"""A listener for programs that speak TLS with a protocol of their own, like Mumble.

Whoever has not signed in yet is counted, before anything is encrypted for them. An address is in
memory only, while its connection is open. What a client does not read is bounded.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol, cast

from allmende.transports.addresses import AddressKeys, Crowd
from allmende.transports.asgi import open_sockets
from allmende.transports.layers import Layer, Layers, PlainLayers, TlsFailed
from allmende.transports.tasks import Crew, crew

_log = logging.getLogger(__name__)
_BACKLOG: Final = 1024
_CLOSING_S: Final = 5.0
_PIECE: Final = 16 * 1024
"""What is encrypted at once: OpenSSL keeps the memory of the largest."""

_LOOKS: Final = 4
"""How often within ``stalled_s`` it is looked at who does not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpLimits:
    """``waiting``: connections that have not signed in. See spec voice, 5 and 14."""

    waiting_per_source: int = 64
    waiting: int = 256
    handshake_s: float = 10.0
    unread_bytes: int = 64 * 1024
    crowded_bytes: int = 64 * 1024
    most_bytes: int = 1024 * 1024
    stalled_s: float = 30.0


class WaitingRoom:
    """Counts who has not signed in yet, of each source and in all."""

    def __init__(self, limits: TcpLimits) -> None:
        self._crowd = Crowd(limits.waiting_per_source)
        self._most = limits.waiting
        self.waiting = 0

    def enter(self, key: str) -> bool:
        """Count one more, or return False when it is too many."""
        if self.waiting >= self._most or not self._crowd.enter(key):
            return False
        self.waiting += 1
        return True

    def leave(self, key: str) -> None:
        """Count one less."""
        self._crowd.leave(key)
        self.waiting -= 1


class Ends(Protocol):
    """Whose connections these are: a `TcpListener`, or who called somebody."""

    limits: TcpLimits
    layers: Layers
    upgrade: Layers | None
    room: WaitingRoom
    keys: AddressKeys
    connections: "set[TcpConnection]"

    def serve(self, connection: "TcpConnection") -> None:
        """A connection can be talked over."""
        ...


class TcpConnection(asyncio.Protocol):
    """One connection. ``read`` until it returns nothing; ``write`` never waits.

    ``source``: the host at the other end; it is written nowhere. ``source_key``: a keyed hash of
    it that changes each hour, for limits. ``certificate``: what the client showed, as DER.
    """

    def __init__(self, listener: Ends) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._layer: Layer
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unread = bytearray()
        self._news = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._paused = False
        self._waits = False
        self._served = False
        self._written = 0
        self._progress = (0, 0.0)
        self.crowded = False
        self.closed = False
        self.secure = not isinstance(listener.layers, PlainLayers)
        self.source = ""
        self.source_key = ""

    @property
    def certificate(self) -> bytes | None:
        """The leaf's DER; None if there is none, or one larger than 16 KiB."""
        return self._layer.certificate

    @property
    def chain(self) -> Sequence[bytes]:
        """The leaf and what came with it, as DER, unchecked; nothing before the handshake."""
        return self._layer.chain

    @property
    def has_unread(self) -> bool:
        """Whether something came that nobody has read."""
        return bool(self._unread)

    def bindings(self) -> Mapping[str, bytes]:
        """Return the data of channel bindings by type: none, Python's ``ssl`` exports nothing."""
        return {}

    def start_tls(self) -> None:
        """Encrypt from the next byte on; what is not read by now is forgotten."""
        if self._listener.upgrade is None or self.secure:
            raise AssertionError("only a plain connection of a listener that can is upgraded")
        self._unread.clear()
        self._layer = self._listener.upgrade.layer()
        self.secure = True
        self._arm(self._limits.handshake_s, self._abort)
        self._flush()  # a client begins

    async def read(self) -> bytes:
        """Return what has come; nothing when the connection is over. For one reader."""
        while not self._unread and not self.closed:
            self._news.clear()
            await self._news.wait()
        data = bytes(self._unread)
        self._unread.clear()
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def write(self, data: bytes) -> None:
        """Send; when the connection is over nothing happens.

        While ``crowded`` more than 64 KiB wait: leave out what may be left out. More than 1 MiB
        ends the connection.
        """
        if self.closed or not data:
            return
        if len(data) <= _PIECE:
            self._layer.send(data)
            self._flush()
            return
        for at in range(0, len(data), _PIECE):
            self._layer.send(data[at : at + _PIECE])
            self._flush()

    async def room(self) -> None:
        """Return when it is not ``crowded``, or over: for what may be large and can wait."""
        await self._roomy.wait()

    def signed_in(self) -> None:
        """Count this connection no more among those that wait."""
        if self._waits:
            self._waits = False
            self._listener.room.leave(self.source_key)

    def close(self) -> None:
        """Send what waits, then end; what came and was not read is forgotten. Twice: nothing."""
        self._unread.clear()
        self._shut()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count who comes; too many are sent away before anything is done for them."""
        self._transport = stream = cast(asyncio.Transport, transport)
        self.source = (transport.get_extra_info("peername") or ("",))[0]
        self.source_key = self._listener.keys.key_of(self.source)
        if not self._listener.room.enter(self.source_key):
            self._abort()
            return
        self._waits = True
        self._layer = self._listener.layers.layer()
        self._listener.connections.add(self)
        plain = stream.get_extra_info("socket")
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.set_write_buffer_limits(high=self._limits.crowded_bytes)
        if self._layer.ready:
            self._begin()
        else:
            self._arm(self._limits.handshake_s, self._abort)
            self._flush()  # a client begins

    def data_received(self, data: bytes) -> None:
        """Decrypt; begin to serve as soon as the handshake is done."""
        if self.closed:
            return
        was_ready = self._layer.ready
        try:
            said = self._layer.receive(data)
        except TlsFailed:
            self._shut()
            return
        self._flush()
        if self._layer.ready and not was_ready and not self.closed:
            self._begin()
        self._unread += said
        if len(self._unread) > self._limits.unread_bytes and not self._paused:
            self._paused = True
            if self._transport is not None:
                self._transport.pause_reading()
        if self._unread or self._layer.ended:
            self._news.set()
        if self._layer.ended:
            self._shut()

    def _begin(self) -> None:
        self._disarm()
        if not self._served:
            self._served = True
            self._listener.serve(self)

    def connection_lost(self, _failure: Exception | None) -> None:
        """Give the place back; what was read so far can still be taken."""
        self._disarm()
        self._end()
        self._transport = None

    def pause_writing(self) -> None:
        """More waits than should: watch whether it gets less."""
        self.crowded = True
        self._roomy.clear()
        if not self.closed:
            self._progress = (self._gone(), self._loop.time())
            self._arm(self._limits.stalled_s / _LOOKS, self._look)

    def resume_writing(self) -> None:
        """It got less."""
        self.crowded = False
        self._roomy.set()
        if not self.closed:
            self._disarm()

    def _shut(self) -> None:
        if self.closed:
            return
        self._layer.close()
        self._flush()
        self._end()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            self._arm(_CLOSING_S, self._abort)

    def _look(self) -> None:
        gone, now_s = self._gone(), self._loop.time()
        if gone > self._progress[0]:
            self._progress = (gone, now_s)
        elif now_s - self._progress[1] >= self._limits.stalled_s:
            self._abort()
            return
        self._arm(self._limits.stalled_s / _LOOKS, self._look)

    def _gone(self) -> int:
        """Return how many bytes the network has taken."""
        waiting = 0 if self._transport is None else self._transport.get_write_buffer_size()
        return self._written - waiting

    def _flush(self) -> None:
        data = self._layer.outgoing()
        if not data or self._transport is None or self._transport.is_closing():
            return
        self._written += len(data)
        self._transport.write(data)
        # Where more waits than ``crowded_bytes``, the transport has said so by now.
        if self.crowded and self._transport.get_write_buffer_size() > self._limits.most_bytes:
            self._abort()

    def _end(self) -> None:
        self.closed = True
        self._roomy.set()
        self._listener.connections.discard(self)
        self.signed_in()
        self._news.set()

    def _abort(self) -> None:
        self._disarm()
        self._end()
        if self._transport is not None:
            self._transport.abort()

    def _arm(self, delay_s: float, then: Callable[[], None]) -> None:
        self._disarm()
        self._timer = self._loop.call_later(delay_s, then)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


Serve = Callable[[TcpConnection], Awaitable[None]]


class TcpListener:
    """The listening sockets and who is connected. ``connections`` are all of them.

    ``upgrade``: what plain connections are encrypted with when their protocol asks for it.
    """

    def __init__(
        self,
        serve: Serve,
        layers: Layers,
        tasks: Crew,
        keys: AddressKeys,
        limits: TcpLimits,
        upgrade: Layers | None = None,
    ) -> None:
        self._serve = serve
        self._tasks = tasks
        self.layers = layers
        self.upgrade = upgrade
        self.keys = keys
        self.limits = limits
        self.room = WaitingRoom(limits)
        self.connections: set[TcpConnection] = set()
        self.port = 0

    def serve(self, connection: TcpConnection) -> None:
        """Run what serves a connection; when that returns or fails the connection ends."""
        self._tasks.start(self._served(connection), name="tcp connection")

    async def _served(self, connection: TcpConnection) -> None:
        try:
            await self._serve(connection)
        except Exception as failure:
            _log.error("a connection failed", exc_info=failure)
        finally:
            connection.close()


@asynccontextmanager
async def serve_tcp(
    serve: Serve,
    layers: Layers,
    *,
    listen: Sequence[str],
    port: int,
    limits: TcpLimits = TcpLimits(),
    upgrade: Layers | None = None,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> AsyncIterator[TcpListener]:
    """Listen until the end of the body; ``serve`` is called for each whose handshake is done.

    With `PlainLayers` it is called at once; ``upgrade`` is for those whose protocol then asks.

    Raises CannotListen.
    """
    loop = asyncio.get_running_loop()
    async with crew() as tasks:
        listener = TcpListener(serve, layers, tasks, AddressKeys(monotonic_s), limits, upgrade)
        sockets = open_sockets(listen, port)
        listener.port = sockets[0].getsockname()[1]
        servers = [
            await loop.create_server(lambda: TcpConnection(listener), sock=each, backlog=_BACKLOG)
            for each in sockets
        ]
        try:
            yield listener
        finally:
            for server in servers:
                server.close()
            for connection in tuple(listener.connections):
                connection.close()
