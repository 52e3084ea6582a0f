"""A certificate alone is nothing: who shows one has to sign with its key.

The client is tlslite-ng, which lets itself be talked into signing with another one.
"""

import errno
import importlib
import ssl
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL

from allmende.transports.certificates import Certificates, Use
from allmende.transports.layers import Layer, Layers, OpenSslLayers, SslLayers, TlsFailed
from allmende.transports.ways import Bearer, self_signed
from tests.transports.programs import store

with warnings.catch_warnings():  # it offers a mix-in for asyncore, which nobody needs
    warnings.simplefilter("ignore", DeprecationWarning)
    tlslite: Any = importlib.import_module("tlslite.api")

_VERSIONS = {"1.2": (3, 3), "1.3": (3, 4)}
Make = Callable[[Certificates], Layers]


def by_ssl(certificates: Certificates) -> Layers:
    return SslLayers(certificates, Use("1.2", (), resumes=False, any_client=True))


def by_pyopenssl(certificates: Certificates) -> Layers:
    return OpenSslLayers(certificates, "1.2")


class InMemory:
    """What tlslite takes for a socket: its other end is a layer."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._waiting = b""

    def send(self, data: bytes) -> int:
        self._layer.receive(bytes(data))
        return len(data)

    def sendall(self, data: bytes) -> None:
        self.send(data)

    def recv(self, most: int) -> bytes:
        self._waiting += self._layer.outgoing()
        if not self._waiting:
            raise OSError(errno.EWOULDBLOCK, "nothing yet")
        piece, self._waiting = self._waiting[:most], self._waiting[most:]
        return piece

    def close(self) -> None:
        """What tlslite does when something failed; what failed is what matters."""


def pem_of(who: Bearer) -> str:
    form = (Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return who.key.private_bytes(*form).decode()


def shake(layer: Layer, shown: Bearer, signs: Bearer, version: str) -> None:
    """Shake hands with the certificate of ``shown`` and the signature of ``signs``."""
    chain = tlslite.X509CertChain()
    chain.parsePemList(shown.certificate.public_bytes(Encoding.PEM).decode())
    settings = tlslite.HandshakeSettings()
    settings.minVersion = settings.maxVersion = _VERSIONS[version]
    settings.certificate_compression_send = []
    settings.certificate_compression_receive = []
    connection = tlslite.TLSConnection(InMemory(layer))
    key = tlslite.parsePEMKey(pem_of(signs), private=True)
    steps = connection.handshakeClientCert(chain, key, settings=settings, async_=True)
    for _ in range(50):
        if next(steps, None) is None:
            return
    raise AssertionError("no end of the handshake")


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("make", [by_ssl, by_pyopenssl])
def test_who_has_the_key_gets_in_and_who_has_not_does_not(
    make: Make, version: str, tmp_path: Path
) -> None:
    layers, owner, thief = make(store(tmp_path)), self_signed(), self_signed()
    good, bad = layers.layer(), layers.layer()
    shake(good, owner, owner, version)
    assert good.ready
    assert good.certificate == owner.der
    with pytest.raises(TlsFailed) as failed:
        shake(bad, owner, thief, version)
    assert not bad.ready
    assert bad.certificate is None
    cause = failed.value.__cause__
    assert isinstance(cause, ssl.SSLError | SSL.Error)
    assert "bad signature" in str(cause).lower().replace("_", " ")
