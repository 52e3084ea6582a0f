"""libpq proves an app password by SCRAM-SHA-256, with and without channel binding.

The client library of PostgreSQL is the one foreign implementation of SCRAM that every developer of
this house has. It speaks to just enough of a server to be asked for a password.
"""

import asyncio
import hashlib
import secrets
import ssl
import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotSignedIn
from allmende.identity.service.credentials import Credentials
from allmende.protocols.scram.errors import ScramRefused
from allmende.protocols.scram.exchange import Offer, begin
from allmende.protocols.scram.keys import Mechanism
from allmende.storage.database import Database
from allmende.storage.secret import secret
from tests.identity.town import Town

pytestmark = [pytest.mark.interop, pytest.mark.slow]

TLS_WANTED = 80877103
SASL, CONTINUE, FINAL, DONE = 10, 11, 12, 0
NAME = "SCRAM-SHA-256"


class Certificate:
    """A certificate for loopback, and what both ends know of it (RFC 5929, 4)."""

    def __init__(self, folder: Path) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .sign(key, hashes.SHA256())
        )
        self.end_point = hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).digest()
        file = folder / "certificate.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)


class Postern:
    """Speaks PostgreSQL's protocol 3.0 up to the moment when somebody is signed in."""

    def __init__(self, credentials: Credentials, certificate: Certificate | None) -> None:
        self._credentials = credentials
        self._certificate = certificate
        self.came: list[Caller] = []
        self.chosen: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        try:
            with suppress(NotSignedIn, ScramRefused, asyncio.IncompleteReadError):
                await self._sign_in(await self._name())
        finally:
            writer.close()

    async def _name(self) -> str:
        start = await self._reader.readexactly(struct.unpack("!I", await self._take(4))[0] - 4)
        if struct.unpack("!I", start[:4])[0] == TLS_WANTED:
            self._writer.write(b"S" if self._certificate else b"N")
            if self._certificate:
                await self._writer.start_tls(self._certificate.context)
            return await self._name()
        words = start[4:].split(b"\0")
        return dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()

    async def _sign_in(self, name: str) -> None:
        offered = [f"{NAME}-PLUS", NAME] if self._certificate else [NAME]
        self._say(b"R", SASL, "".join(f"{one}\0" for one in offered).encode() + b"\0")
        mechanism, _, rest = (await self._heard()).partition(b"\0")
        self.chosen.append(mechanism.decode())
        bindings = {}
        if self._certificate:
            bindings["tls-server-end-point"] = self._certificate.end_point
        offer = Offer(
            mechanism=Mechanism.SHA_256, bindings=bindings, plus=mechanism.endswith(b"-PLUS")
        )
        opening = begin(rest[4:], offer)
        asked = await self._credentials.scram_keys(name, Mechanism.SHA_256, Scope.CHAT)
        challenge = opening.challenge(secrets.token_urlsafe(18), asked.salt, asked.iterations)
        self._say(b"R", CONTINUE, challenge.message)
        who, answer = await self._credentials.proved(asked, challenge, await self._heard())
        self.came.append(who)
        self._say(b"R", FINAL, answer)
        self._say(b"R", DONE, b"")
        for setting in (b"server_version\x0016.0\0", b"client_encoding\0UTF8\0"):
            self._writer.write(b"S" + struct.pack("!I", 4 + len(setting)) + setting)
        self._writer.write(b"Z" + struct.pack("!I", 5) + b"I")
        await self._reader.read()

    def _say(self, kind: bytes, number: int, data: bytes) -> None:
        self._writer.write(kind + struct.pack("!II", 8 + len(data), number) + data)

    async def _heard(self) -> bytes:
        kind, length = struct.unpack("!cI", await self._take(5))
        assert kind == b"p"
        return await self._take(length - 4)

    async def _take(self, count: int) -> bytes:
        return await self._reader.readexactly(count)


async def connected(postern: Postern, name: str, typed: str, **how: Any) -> bool:
    """Whether libpq is content with what it was told; it checks our proof too."""

    def connect(port: int) -> bool:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user=name, password=typed, dbname="x", **how
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    server = await asyncio.start_server(postern, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await asyncio.to_thread(connect, port)


class House:
    """Mara with an app password, and the credentials of the house."""

    def __init__(self, database: Database) -> None:
        town = Town(database)
        self.mara = town.person("mara")
        made = town.run(town.identity.make_app_password(self.mara, frozenset({Scope.CHAT})))
        self.typed, self.number = made.secret, made.id
        key = town.run(database.write(lambda db: secret(db, "identity")))
        self.credentials = Credentials(database, town.clock, key)

    def connects(self, postern: Postern, name: str, typed: str, **how: Any) -> bool:
        return asyncio.run(connected(postern, name, typed, **how))


@pytest.fixture
def house(sqlite: Database) -> House:
    return House(sqlite)


def test_libpq_proves_an_app_password(house: House) -> None:
    postern = Postern(house.credentials, None)
    assert house.connects(postern, "mara", house.typed, sslmode="disable")
    assert postern.chosen == [NAME]
    assert [who.app_password_id for who in postern.came] == [house.number]


def test_libpq_binds_it_to_the_channel(house: House, tmp_path: Path) -> None:
    postern = Postern(house.credentials, Certificate(tmp_path))
    tied = {"sslmode": "require", "channel_binding": "require"}
    assert house.connects(postern, "mara", house.typed, **tied)
    assert postern.chosen == [f"{NAME}-PLUS"]
    assert [who.account_id for who in postern.came] == [house.mara.account_id]


def test_libpq_without_binding_is_no_downgrade(house: House, tmp_path: Path) -> None:
    postern = Postern(house.credentials, Certificate(tmp_path))
    loose = {"sslmode": "require", "channel_binding": "disable"}
    assert house.connects(postern, "mara", house.typed, **loose)
    assert postern.chosen == [NAME]


def test_a_wrong_password_or_name_gets_nobody_in(house: House) -> None:
    postern = Postern(house.credentials, None)
    for name, typed in (("mara", "0" * 26), ("juno", house.typed)):
        assert not house.connects(postern, name, typed, sslmode="disable")
    assert postern.came == []


def test_a_channel_that_somebody_stands_in_is_noticed(house: House, tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    certificate.end_point = bytes(32)
    postern = Postern(house.credentials, certificate)
    tied = {"sslmode": "require", "channel_binding": "require"}
    assert not house.connects(postern, "mara", house.typed, **tied)
    assert postern.came == []
