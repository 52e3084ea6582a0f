"""How the client's datagrams travel: one UDP socket, or one TCP connection (RFC 4571)."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Protocol, cast

Address = tuple[str, int]
Received = Callable[[bytes], None]


class Wire(Protocol):
    """Sends to addresses of the server; what comes back goes to a callback."""

    def send(self, datagram: bytes, address: Address) -> None:
        """Send or drop."""

    def close(self) -> None:
        """Stop."""


def is_v6(address: Address) -> bool:
    """Which family?"""
    return ipaddress.ip_address(address[0]).version == 6


class UdpWire:
    """One socket, read in the turn of the loop."""

    def __init__(self, received: Received, *, v6: bool, source: str = "") -> None:
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, 1024 * 1024)
        self._socket.bind((source, 0))
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def send(self, datagram: bytes, address: Address) -> None:
        """Send or drop."""
        try:
            self._socket.sendto(datagram, address)
        except OSError:
            return

    def close(self) -> None:
        """Stop."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _readable(self) -> None:
        for _ in range(64):
            if self._socket.fileno() < 0:
                return
            try:
                datagram = self._socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue
            self._received(datagram)


class TcpWire(asyncio.Protocol):
    """One connection; the address to send to is its other end."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Cut frames."""
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < end:
                return
            datagram = bytes(self._buffer[2:end])
            del self._buffer[:end]
            self._received(datagram)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        self._transport = None

    def send(self, datagram: bytes, address: Address) -> None:
        """Send with the length in front."""
        if self._transport is not None:
            self._transport.write(len(datagram).to_bytes(2, "big") + datagram)

    def close(self) -> None:
        """Stop."""
        if self._transport is not None:
            self._transport.abort()


async def open_wire(
    addresses: Sequence[Address], received: Received, *, tcp: bool, source: str = ""
) -> Wire:
    """Return a wire that reaches the first of ``addresses`` at least."""
    if not tcp:
        return UdpWire(received, v6=is_v6(addresses[0]), source=source)
    loop = asyncio.get_running_loop()
    host, port = addresses[0]
    _, wire = await loop.create_connection(lambda: TcpWire(received), host, port)
    return wire
