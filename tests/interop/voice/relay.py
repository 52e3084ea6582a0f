"""Stands between a client and the server, and reads what goes by.

It ends TLS with a certificate of its own, takes the keys of voice from CryptSetup, and passes
everything on. So a test sees with its own eyes what form a client's voice has, and over what it
goes, and can lose datagrams on purpose.
"""

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from allmende.core.clock import SystemClock
from allmende.protocols.mumble.framing import MAX_AFTER_LOGIN, Frame, FrameReader
from allmende.protocols.mumble.messages import UDP_TUNNEL, CryptSetup, decode
from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState
from allmende.transports.tls import own_certificate
from bench.voice.peers import free_port

HOST: Final = "127.0.0.1"
UP, DOWN = "up", "down"
"""To the server, and from it."""

TUNNEL: Final = "tunnel"
PROTOBUF, LEGACY, PING, UNREAD = "protobuf", "legacy", "ping", "unread"
_READ_BYTES: Final = 64 * 1024
_DATAGRAM_BYTES: Final = 2048


def form(plain: bytes | None) -> str:
    """Return what a voice packet is."""
    if plain is None:
        return UNREAD
    if plain[0] == 0:
        return PROTOBUF
    return LEGACY if plain[0] >> 5 == 4 else PING


@dataclass
class Seen:
    """What went by: (direction, what) -> how often. ``drop``: says if a datagram is lost."""

    port: int
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    drop: Callable[[str], bool] = lambda direction: False

    def clear(self) -> None:
        """Begin to count anew."""
        self.counts.clear()


class _Relay:
    """Runs in a loop of its own thread."""

    def __init__(self, seen: Seen, server: int, folder: Path) -> None:
        self.seen, self.server = seen, server
        files = own_certificate(folder, [HOST], SystemClock())
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(files.certificate, files.key)
        self.crypts: list[dict[str, CryptState]] = []
        self.ways: dict[tuple[str, int], socket.socket] = {}
        self.open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def run(self, ready: threading.Event, ended: asyncio.Event) -> None:
        self.near.bind((HOST, self.seen.port))
        self.near.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.near, self._from_clients)
        listening = await asyncio.start_server(
            self._connected, HOST, self.seen.port, ssl=self.context
        )
        ready.set()
        try:
            await ended.wait()
        finally:
            listening.close()
            await self._close_connections()
            for each in (self.near, *self.ways.values()):
                loop.remove_reader(each)
                each.close()

    # --- control --------------------------------------------------------------------------

    async def _connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        far, on = await asyncio.open_connection(HOST, self.server, ssl=context)
        self.open[back] = self.open[on] = asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(near, on, UP))
                both.create_task(self._pump(far, back, DOWN))
        finally:
            del self.open[back], self.open[on]

    async def _close_connections(self) -> None:
        tasks = {task for task in self.open.values() if task is not None}
        for writer in list(self.open):
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks, timeout=5)

    async def _pump(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, direction: str
    ) -> None:
        frames = FrameReader(MAX_AFTER_LOGIN)
        try:
            while data := await source.read(_READ_BYTES):
                for each in frames.receive(data):
                    self._see(each, direction)
                to.write(data)
                await to.drain()
        except (ConnectionError, ssl.SSLError):
            pass  # one side is gone: the other is told by the end below
        finally:
            to.close()

    def _see(self, each: Frame, direction: str) -> None:
        if each.kind == UDP_TUNNEL:
            self.seen.counts[direction, TUNNEL] += 1
            return
        if direction == UP:
            return
        match decode(each.kind, each.payload):
            case CryptSetup(key=key, client_nonce=client, server_nonce=server) if key:
                blocks, client, server = AesBlocks(key), client or b"", server or b""
                self.crypts.append(
                    {
                        UP: CryptState(blocks, client, server),
                        DOWN: CryptState(blocks, server, client),
                    }
                )

    # --- datagrams ------------------------------------------------------------------------

    def _from_clients(self) -> None:
        data, address = self.near.recvfrom(_DATAGRAM_BYTES)
        if not self._passes(data, UP):
            return
        way = self.ways.get(address)
        if way is None:
            way = self.ways[address] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            way.connect((HOST, self.server))
            way.setblocking(False)
            asyncio.get_running_loop().add_reader(way, self._from_server, way, address)
        way.send(data)

    def _from_server(self, way: socket.socket, address: tuple[str, int]) -> None:
        data = way.recv(_DATAGRAM_BYTES)
        if self._passes(data, DOWN):
            self.near.sendto(data, address)

    def _passes(self, data: bytes, direction: str) -> bool:
        plain = next(
            (plain for each in self.crypts if (plain := each[direction].decrypt(data))), None
        )
        self.seen.counts[direction, form(plain)] += 1
        return not self.seen.drop(direction)


@contextmanager
def relay(folder: Path, server: int) -> Iterator[Seen]:
    """Stand before the server on that port, for the block."""
    seen = Seen(free_port())
    ready, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    standing = _Relay(seen, server, folder)
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(standing.run(ready, ended)), daemon=True
    )
    thread.start()
    try:
        if not ready.wait(10):
            raise OSError("the relay does not stand")
        yield seen
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
