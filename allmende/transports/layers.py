"""TLS without input and output: what came from the network goes in, what is to be sent comes out.

Two of a kind: by Python's ``ssl``, and by pyOpenSSL for a Python whose ``ssl`` cannot take
self-signed client certificates.
"""

import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from allmende.transports.certificates import Certificates, Use
from allmende.transports.tls import AEAD_SUITES

MAX_CERTIFICATE_BYTES: Final = 16 * 1024
"""A larger one is as good as none."""

MAX_CHAIN: Final = 10
"""Of a longer chain the rest is left out."""

_PIECE: Final = 64 * 1024
_SESSION_CONTEXT: Final = b"allmende"
_VERSIONS: Final = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}


class TlsFailed(Exception):
    """The other end does not speak TLS as it should. Send what is ``outgoing``, then close."""


class Layer(Protocol):
    """One end of one connection."""

    @property
    def ready(self) -> bool:
        """Whether the handshake is done."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the other end said that nothing more will come."""
        ...

    @property
    def certificate(self) -> bytes | None:
        """What the other end showed, as DER, once it is ``ready``."""
        ...

    @property
    def chain(self) -> Sequence[bytes]:
        """All that the other end showed, unchecked, its own first; once it is ``ready``."""
        ...

    def receive(self, data: bytes) -> bytes:
        """Take what came from the network, return what it says. Raises TlsFailed."""
        ...

    def send(self, data: bytes) -> None:
        """Encrypt; only when ``ready``."""
        ...

    def outgoing(self) -> bytes:
        """Return what has to be sent now."""
        ...

    def close(self) -> None:
        """Say that nothing more will come."""
        ...


class Layers(Protocol):
    """Makes layers with the certificates of the house."""

    def layer(self) -> Layer:
        """Return one for a new connection."""
        ...


class PlainLayers:
    """Nothing is encrypted, until a protocol asks for it (STARTTLS)."""

    def layer(self) -> Layer:
        """Return one for a new connection."""
        return _PlainLayer()


class _PlainLayer:
    ready = True
    ended = False
    certificate: bytes | None = None
    chain: Sequence[bytes] = ()

    def __init__(self) -> None:
        self._outgoing = b""

    def receive(self, data: bytes) -> bytes:
        return data

    def send(self, data: bytes) -> None:
        self._outgoing += data

    def outgoing(self) -> bytes:
        data, self._outgoing = self._outgoing, b""
        return data

    def close(self) -> None:
        pass


class SslLayers:
    """By ``ssl``. ``use.any_client`` off: nobody is asked for a certificate."""

    def __init__(self, certificates: Certificates, use: Use) -> None:
        self._context = certificates.context(use)

    def layer(self) -> Layer:
        """Return one for a new connection."""
        return _SslLayer(self._context)


class ClientLayers:
    """The client's end. Who ``name`` shows itself as is not looked at: ask for the chain."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self._context, self._name = context, name

    def layer(self) -> Layer:
        """Return one for a new connection; what is sent before it is ready waits."""
        return _ClientLayer(self._context, self._name)


class _SslLayer:
    def __init__(self, context: ssl.SSLContext, name: str | None = None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=name is None, server_hostname=name
        )
        self.ready = False
        self.ended = False

    @property
    def certificate(self) -> bytes | None:
        return _sized(self._object.getpeercert(binary_form=True)) if self.ready else None

    @property
    def chain(self) -> Sequence[bytes]:
        return chain_of(self._object) if self.ready else ()

    def receive(self, data: bytes) -> bytes:
        self._incoming.write(data)
        said: list[bytes] = []
        try:
            if not self.ready:
                self._object.do_handshake()
                self.ready = True
            while piece := self._object.read(_PIECE):
                said.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as failure:
            raise TlsFailed from failure
        return b"".join(said)

    def send(self, data: bytes) -> None:
        sent = self._object.write(data)
        while sent < len(data):
            sent += self._object.write(memoryview(data)[sent:])

    def outgoing(self) -> bytes:
        return self._outgoing.read()

    def close(self) -> None:
        with suppress(ssl.SSLError):
            self._object.unwrap()


class _ClientLayer(_SslLayer):
    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        super().__init__(context, name)
        self._early = b""
        with suppress(ssl.SSLWantReadError):
            self._object.do_handshake()

    def receive(self, data: bytes) -> bytes:
        said = super().receive(data)
        if self.ready and self._early:
            early, self._early = self._early, b""
            super().send(early)
        return said

    def send(self, data: bytes) -> None:
        if self.ready:
            super().send(data)
        else:
            self._early += data


class OpenSslLayers:
    """By pyOpenSSL, which asks for a certificate and takes any (spec voice, 3.1)."""

    def __init__(self, certificates: Certificates, minimum: str) -> None:
        self._certificates = certificates
        self._minimum = minimum
        self._made: dict[str, tuple[int, SSL.Context]] = {}
        self._context_for("")

    def layer(self) -> Layer:
        """Return one for a new connection."""
        return _OpenSslLayer(self._context_for(""))

    def _context_for(self, name: str) -> SSL.Context:
        """Return what is shown to who asks for ``name``: new files, if they are good."""
        certificate, key = map(str, self._certificates.files_for(name))
        made = self._made.get(certificate)
        if made is not None and made[0] == self._certificates.version:
            return made[1]
        try:
            context = self._context(certificate, key)
        except SSL.Error:
            if made is None:
                raise
            context = made[1]
        self._made[certificate] = (self._certificates.version, context)
        return context

    def _context(self, certificate: str, key: str) -> SSL.Context:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(_VERSIONS[self._minimum])
        context.set_cipher_list(AEAD_SUITES.encode())
        context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_TICKET)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_session_id(_SESSION_CONTEXT)
        context.set_verify(SSL.VERIFY_PEER, _accept)
        context.use_certificate_chain_file(certificate)
        context.use_privatekey_file(key)
        context.set_tlsext_servername_callback(self._choose)
        return context

    def _choose(self, connection: SSL.Connection) -> None:
        name = (connection.get_servername() or b"").decode("ascii", "replace")
        connection.set_context(self._context_for(name))


class _OpenSslLayer:
    def __init__(self, context: SSL.Context) -> None:
        self._connection = SSL.Connection(context, None)
        self._connection.set_accept_state()
        self.ready = False
        self.ended = False

    @property
    def certificate(self) -> bytes | None:
        if not self.ready:
            return None
        try:
            shown = self._connection.get_peer_certificate(as_cryptography=True)
        except ValueError:  # one that cannot be read
            return None
        return None if shown is None else _sized(shown.public_bytes(Encoding.DER))

    @property
    def chain(self) -> Sequence[bytes]:
        own = self.certificate
        if own is None:
            return ()
        try:
            shown = self._connection.get_peer_cert_chain(as_cryptography=True) or []
        except ValueError:
            return (own,)
        return _bounded([own, *(each.public_bytes(Encoding.DER) for each in shown)])

    def receive(self, data: bytes) -> bytes:
        rest = memoryview(data)
        while rest:
            rest = rest[self._connection.bio_write(rest) :]
        said: list[bytes] = []
        try:
            if not self.ready:
                self._connection.do_handshake()
                self.ready = True
            while piece := self._connection.recv(_PIECE):
                said.append(piece)
            self.ended = True
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.ended = True
        except SSL.Error as failure:
            raise TlsFailed from failure
        return b"".join(said)

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def outgoing(self) -> bytes:
        pieces: list[bytes] = []
        with suppress(SSL.WantReadError):
            while piece := self._connection.bio_read(_PIECE):
                pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        with suppress(SSL.Error):
            self._connection.shutdown()


def _accept(_connection: object, _certificate: object, _error: int, _depth: int, _ok: int) -> bool:
    return True


def chain_of(connection: ssl.SSLObject) -> Sequence[bytes]:
    """Return what the other end of a finished handshake showed, unchecked, its own first."""
    own = connection.getpeercert(binary_form=True)
    if _sized(own) is None or own is None:
        return ()
    public = getattr(connection, "get_unverified_chain", None)  # Python 3.13
    if public is not None:
        return _bounded([own, *public()])
    inner: Any = connection
    shown = inner._sslobj.get_unverified_chain() or ()
    encoded = [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in shown]
    return _bounded([own, *encoded])


def _bounded(shown: Iterable[bytes]) -> Sequence[bytes]:
    """Return each once, in its place, unless it is too large."""
    distinct = dict.fromkeys(shown)
    return [each for each in distinct if len(each) <= MAX_CERTIFICATE_BYTES][:MAX_CHAIN]


def _sized(certificate: bytes | None) -> bytes | None:
    fits = certificate is not None and len(certificate) <= MAX_CERTIFICATE_BYTES
    return certificate if fits else None
