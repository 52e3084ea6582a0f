"""A client without an XML library: it looks for ends of elements in raw bytes."""

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Final, Self

DOMAIN: Final = "localhost"
_OPEN: Final = (
    f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
).encode()
_SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND: Final = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
_LIMIT: Final = 1024 * 1024
_WITHIN_S: Final = 30.0

Salted = dict[str, bytes]
"""What PBKDF2 gave for a name, so that a generator pays for it once."""


class Refused(Exception):
    """The server said no; the text is what it said."""


def scram_final(name: str, password: str, first: str, challenge: str, salted: Salted) -> str:
    """Return the last message of SCRAM-SHA-1 (RFC 5802). ``first``: ours, without its header."""
    parts = dict(part.split("=", 1) for part in challenge.split(","))
    if name not in salted:
        salt, count = base64.b64decode(parts["s"]), int(parts["i"])
        salted[name] = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, count)
    client_key = hmac.digest(salted[name], b"Client Key", "sha1")
    stored = hashlib.sha1(client_key, usedforsecurity=False).digest()
    bare = f"c=biws,r={parts['r']}"
    signature = hmac.digest(stored, f"{first},{challenge},{bare}".encode(), "sha1")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return f"{bare},p={base64.b64encode(proof).decode()}"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Client:
    """One stream over STARTTLS. ``jid``: its full address once it is bound."""

    port: int
    name: str
    password: str
    jid: str = ""
    _read: asyncio.StreamReader = field(init=False, repr=False)
    _write: asyncio.StreamWriter = field(init=False, repr=False)

    async def connect(self) -> Self:
        """Open a stream and encrypt it."""
        self._read, self._write = await asyncio.open_connection(
            "127.0.0.1", self.port, limit=_LIMIT
        )
        self.send(_OPEN)
        await self.until(b"</stream:features>")
        self.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await self.until(b">", b"<proceed")
        await self._write.start_tls(_context(), server_hostname=DOMAIN)
        self.send(_OPEN)
        await self.until(b"</stream:features>")
        return self

    async def register(self) -> None:
        """Make the account over the stream (XEP-0077)."""
        self.send(
            f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{self.name}"
            f"</username><password>{self.password}</password></query></iq>".encode()
        )
        answer = await self.until(b">", b"<iq")
        if b"result" not in answer:
            raise Refused(answer.decode())

    async def sign_in(self, salted: Salted) -> Self:
        """Prove the password, bind, and be available."""
        first = f"n={self.name},r={secrets.token_hex(12)}"
        said = _encoded(f"n,,{first}")
        self.send(f"<auth xmlns='{_SASL}' mechanism='SCRAM-SHA-1'>{said}</auth>".encode())
        challenge = _inner(await self.until(b"</challenge>"))
        final = scram_final(self.name, self.password, first, challenge, salted)
        self.send(f"<response xmlns='{_SASL}'>{_encoded(final)}</response>".encode())
        await self.until(b"</success>")
        self.send(_OPEN)
        await self.until(b"</stream:features>")
        self.send(_BIND)
        bound = (await self.until(b"</iq>")).decode()
        found = re.search(r"<jid>([^<]+)</jid>", bound)
        if found is None:
            raise Refused(bound)
        self.jid = found[1]
        self.send(b"<presence/>")
        return self

    async def until(self, end: bytes, begin: bytes = b"") -> bytes:
        """Return what comes up to ``end``; with ``begin``, to the first end behind that."""
        async with asyncio.timeout(_WITHIN_S):
            said = b""
            while begin not in said or not said.endswith(end):
                try:
                    said += await self._read.readuntil(end)
                except asyncio.IncompleteReadError as cut:
                    raise Refused((said + cut.partial).decode(errors="replace")) from None
            return said

    async def came(self) -> bytes:
        """Return what has come; nothing when the stream is over."""
        return await self._read.read(65536)

    def send(self, data: bytes) -> None:
        """Send; never waits."""
        self._write.write(data)

    def close(self) -> None:
        """End the connection."""
        self._write.close()


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # a load generator on loopback
    return context


def _inner(element: bytes) -> str:
    found = re.search(rb">([A-Za-z0-9+/=]+)</", element)
    if found is None:
        raise Refused(element.decode())
    return base64.b64decode(found[1]).decode()
