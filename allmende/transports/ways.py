"""How client certificates are taken here: the first way that a test at the start finds to work."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from allmende.transports.certificates import Certificates, Use
from allmende.transports.layers import Layer, Layers, OpenSslLayers, SslLayers, TlsFailed

_log = logging.getLogger(__name__)
_VERSIONS: Final = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}
_ROUNDS: Final = 6
_SAID: Final = b"said"
_PIECE: Final = 64 * 1024


class Way(StrEnum):
    """By ``ssl``, by pyOpenSSL, or not at all."""

    SSL = "ssl"
    PYOPENSSL = "pyopenssl"
    OFF = "off"


SENTENCES: Final = {
    Way.SSL: "Client certificates are taken by Python's ssl.",
    Way.PYOPENSSL: "Client certificates are taken by pyOpenSSL; Python's ssl cannot here.",
    Way.OFF: "Client certificates are off: neither Python's ssl nor pyOpenSSL can take those that"
    " their owner signed. App passwords and links still work.",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What works here, and why."""

    way: Way
    layers: Layers

    @property
    def sentence(self) -> str:
        """What is found, for the log and the checks."""
        return SENTENCES[self.way]


@dataclass(frozen=True, slots=True)
class Bearer:
    """A key and the certificate that it signed for itself."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it travels."""
        return self.certificate.public_bytes(Encoding.DER)


def choose_layers(certificates: Certificates, minimum: str) -> Chosen:
    """Return what client certificates can be taken with, tried in memory; about 30 ms.

    ``minimum``: the oldest version of TLS.
    """
    asking = Use(minimum=minimum, alpn=(), resumes=False, any_client=True)
    native = SslLayers(certificates, asking)
    if takes_any(native, minimum):
        return Chosen(Way.SSL, native)
    with suppress(SSL.Error):
        other = OpenSslLayers(certificates, minimum)
        if takes_any(other, minimum):
            _log.info("%s", SENTENCES[Way.PYOPENSSL])
            return Chosen(Way.PYOPENSSL, other)
    _log.warning("%s", SENTENCES[Way.OFF])
    silent = Use(minimum=minimum, alpn=(), resumes=False)
    return Chosen(Way.OFF, SslLayers(certificates, silent))


def takes_any(layers: Layers, minimum: str) -> bool:
    """Return whether clients get in with a certificate of their own making and without one."""
    bearer = self_signed()
    return all(
        _shown(layers.layer(), version, who) == (None if who is None else who.der)
        for name, version in _VERSIONS.items()
        if name >= minimum
        for who in (None, bearer)
    )


def self_signed(name: str = "nobody", *notes: x509.ExtensionType) -> Bearer:
    """Make a key with a certificate as Mumble clients make them; ``notes`` are in it besides."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for note in notes:
        builder = builder.add_extension(note, critical=False)
    return Bearer(key, builder.sign(key, hashes.SHA256()))


def _shown(server: Layer, version: int, who: Bearer | None) -> bytes | None:
    """Let a client in and say something; return what the server saw of it.

    Something else than a certificate if it did not work.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    if who is not None:
        context.use_certificate(who.certificate)
        context.use_privatekey(who.key)
    client = SSL.Connection(context, None)
    client.set_connect_state()
    try:
        said = _meet(server, client)
    except (TlsFailed, SSL.Error):
        return b""
    return server.certificate if server.ready and said == _SAID else b""


def _meet(server: Layer, client: SSL.Connection) -> bytes:
    heard, greeted = b"", False
    for _ in range(_ROUNDS):
        with suppress(SSL.WantReadError):
            client.do_handshake()
            greeted = greeted or client.send(_SAID) > 0
        with suppress(SSL.WantReadError):
            heard += server.receive(client.bio_read(_PIECE))
        sent = server.outgoing()
        if sent:
            client.bio_write(sent)
    return heard
