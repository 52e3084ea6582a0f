"""Programs with a certificate of their own, as they meet our end of TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from allmende.transports.certificates import Certificates
from allmende.transports.layers import Layer
from allmende.transports.tls import own_certificate
from allmende.transports.ways import Bearer
from tests.transports.test_tls import HandClock

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def store(folder: Path, *names: str) -> Certificates:
    """Certificates of the house for these names, each of an authority of its own."""
    made = Certificates()
    for name in names or ("example.org",):
        files = own_certificate(folder / name, [name], HandClock())
        made.put([name], files.certificate, files.key)
    return made


def authority(folder: Path, name: str = "example.org") -> Path:
    return folder / name / "authority.pem"


def client(
    folder: Path,
    who: Bearer | None = None,
    *,
    version: ssl.TLSVersion = TLS_1_3,
    name: str = "example.org",
) -> ssl.SSLContext:
    """A client that trusts the server of ``name`` and speaks one version."""
    context = ssl.create_default_context(cafile=authority(folder, name))
    context.minimum_version = context.maximum_version = version
    if who is not None:
        pem = folder / "client.pem"
        key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(key + who.certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(pem)
    return context


class Program:
    """A client in memory that speaks with a layer."""

    def __init__(
        self,
        server: Layer,
        context: ssl.SSLContext,
        name: str = "example.org",
        session: ssl.SSLSession | None = None,
    ) -> None:
        self.server = server
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=name, session=session
        )
        self.heard = b""

    def turn(self) -> None:
        """Carry what both ends have to say."""
        sent = self._outgoing.read()
        if sent:
            self.heard += self.server.receive(sent)
        self._incoming.write(self.server.outgoing())

    def shake(self) -> "Program":
        for _ in range(3):
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.turn()
        self.turn()
        return self

    def say(self, text: bytes) -> bytes:
        """Say something and return what the server has heard since."""
        self.tls.write(text)
        self.turn()
        heard, self.heard = self.heard, b""
        return heard


@asynccontextmanager
async def connected(
    port: int, context: ssl.SSLContext, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client over the network; cut off at the end."""
    reader, writer = await asyncio.open_connection(
        host, port, ssl=context, server_hostname="example.org"
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
