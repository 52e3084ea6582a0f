"""Listens for HTTP and hands requests to the application: uvicorn, started by us.

Sizes, pace and the number of connections are checked before anything else
(architecture, 14). Above this file nobody sees an address: see ``gate``.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from allmende.config import Limits
from allmende.transports.addresses import AddressKeys, Crowd, Proxies
from allmende.transports.connection import HttpConnection, Listening, WebSocketConnection
from allmende.transports.gate import Gate
from allmende.transports.tasks import task_group

_GRACE_S: Final = 10
_BACKLOG: Final = 2048
_FRAME_BYTES: Final = 1024 * 1024


class CannotListen(Exception):
    """An address or port is taken or not ours. The text is one sentence."""


class Listeners(uvicorn.Server):
    """The listening sockets and whoever is connected to them."""

    def __init__(self, config: Listening, sockets: Sequence[socket.socket]) -> None:
        super().__init__(config)
        self.lifespan = config.lifespan_class(config)
        self._told = asyncio.Event()
        self._sockets = list(sockets)
        self.port = self._sockets[0].getsockname()[1]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. Also gives a TLS handshake only so much time."""
        loop, config = asyncio.get_running_loop(), self.config
        handshake_s = config.limits.header_s if isinstance(config, Listening) else None

        def connection() -> asyncio.Protocol:
            return HttpConnection(config, self.server_state, {}, loop)

        self.servers = [
            await loop.create_server(
                connection,
                sock=sock,
                ssl=config.ssl,
                ssl_handshake_timeout=handshake_s if config.ssl else None,
                backlog=_BACKLOG,
            )
            for sock in self._sockets
        ]
        self.started = True

    async def main_loop(self) -> None:
        """Keep the Date header true until told to stop."""
        while not self._told.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._told.wait()

    async def run_until_told(self) -> None:
        """Serve until ``stop``; open requests then get 10 s."""
        await self.main_loop()
        await self.shutdown()

    def stop(self) -> None:
        """Close the listeners; ``run_until_told`` returns when the open requests are done."""
        self._told.set()


@asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    listen: Sequence[str],
    port: int,
    limits: Limits,
    trusted_proxies: Sequence[str] = (),
    context: ssl.SSLContext | None = None,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> AsyncIterator["Serving"]:
    """Serve ``app`` until the end of the body. Raises CannotListen."""
    keys, proxies = AddressKeys(monotonic_s), Proxies(trusted_proxies)
    config = Listening(
        Gate(app, limits, keys, proxies),
        limits=limits,
        crowd=Crowd(limits.connections_per_address),
        keys=keys,
        proxies=proxies,
        http=HttpConnection,
        ws=WebSocketConnection,
        ws_max_size=_FRAME_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=round(limits.idle_s),
        timeout_graceful_shutdown=_GRACE_S,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )
    config.load()
    listeners = Listeners(config, open_sockets(listen, port))
    await listeners.startup()
    async with task_group() as group:
        task = group.create_task(listeners.run_until_told(), name="listeners")
        served = Serving(listeners, task)
        try:
            yield served
        finally:
            await served.stop()


class Serving:
    """A running set of listeners."""

    def __init__(self, listeners: Listeners, task: asyncio.Task[None]) -> None:
        self._listeners = listeners
        self._task = task
        self.port: int = listeners.port

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._listeners.server_state.connections)

    @property
    def listening(self) -> bool:
        """Whether new connections are taken."""
        return any(server.is_serving() for server in self._listeners.servers)

    async def stop(self) -> None:
        """Close the listeners, wait up to 10 s for open requests. Twice: nothing."""
        self._listeners.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(self._task)


def open_sockets(listen: Sequence[str], port: int) -> list[socket.socket]:
    """Bind ``port`` on each address; port 0 takes the same free one on all.

    An IPv6 address is skipped where the machine has no IPv6 and another address is given.
    """
    opened: list[socket.socket] = []
    for address in listen:
        try:
            sock = _bound(address, port)
        except OSError as failure:
            if ":" in address and len(listen) > 1 and not _has_ipv6(address):
                continue
            for earlier in opened:
                earlier.close()
            why = failure.strerror or "unknown address"
            raise CannotListen(f"Cannot listen on {address} port {port}: {why}.") from None
        opened.append(sock)
        port = sock.getsockname()[1]
    return opened


def _bound(address: str, port: int) -> socket.socket:
    family, kind, number, _, where = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, number)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(where)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _has_ipv6(address: str) -> bool:
    try:
        _bound(address, 0).close()
    except OSError:
        return False
    return True
