"""Calls others over TCP, with TLS from the first byte or when their protocol asks for it.

The other end of `transports.tcp`: the same connections, begun by us. To whom is decided before:
the address that was checked is the one that is called (see `transports.egress`).
"""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from allmende.transports.addresses import AddressKeys
from allmende.transports.egress import Address
from allmende.transports.groups import restrict_groups
from allmende.transports.layers import Layers, PlainLayers
from allmende.transports.tcp import TcpConnection, TcpLimits, WaitingRoom
from allmende.transports.tls import AEAD_SUITES

CALLING: Final = TcpLimits(
    waiting_per_source=1, waiting=1, most_bytes=4 * 1024 * 1024, unread_bytes=512 * 1024
)


class _Caller:
    """Has one connection, which it began."""

    def __init__(self, layers: Layers, upgrade: Layers | None, limits: TcpLimits) -> None:
        self.layers, self.upgrade, self.limits = layers, upgrade, limits
        self.room = WaitingRoom(limits)
        self.keys = AddressKeys(asyncio.get_running_loop().time)
        self.connections: set[TcpConnection] = set()

    def serve(self, connection: TcpConnection) -> None:
        """Whoever called has it already."""


async def call(
    address: Address, port: int, encrypted: Layers, *, direct: bool, limits: TcpLimits = CALLING
) -> TcpConnection:
    """Return a connection; what is written before the handshake is done waits. Raises OSError.

    ``direct``: ``encrypted`` from the first byte, otherwise after `TcpConnection.start_tls`.
    """
    caller = _Caller(encrypted, None, limits) if direct else _Caller(
        PlainLayers(), encrypted, limits
    )  # fmt: skip
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: TcpConnection(caller), str(address), port
    )
    return connection


def client_context(
    certificate: Path, key: Path, *, minimum: ssl.TLSVersion, alpn: Sequence[str] = ()
) -> ssl.SSLContext:
    """Return what shows our certificate and takes any: whoever calls looks at the chain itself.

    It reads files: use a thread.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = minimum
    context.set_ciphers(AEAD_SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if alpn:
        context.set_alpn_protocols(list(alpn))
    restrict_groups(context)
    context.load_cert_chain(certificate, key, password=_none)
    return context


def _none() -> bytes:
    """A key with a password is refused instead of asking on the terminal."""
    return b""
