"""Whether a certificate that somebody showed is one that the authorities we believe gave out.

For protocols that take any certificate in the handshake and decide afterwards. Names are compared
by whoever knows what a name means there. RFC 5280, 6.
"""

import ssl
import threading
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

_LEAST_RSA_BITS: Final = 2048
_OLD_HASHES: Final = frozenset(("md5", "sha1"))
_FOR_TLS: Final = frozenset(
    (
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    )
)
"""Either will do: authorities give servers certificates that are not for clients any more."""

_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED, openssl/x509_vfy.h


class Doubt(StrEnum):
    """Why a certificate is not believed."""

    NONE = "none"
    MISSING = "missing"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """Of nobody whom we believe, or changed."""
    WEAK = "weak"
    PURPOSE = "purpose"


class Trust:
    """Believes the authorities of the system, and those in ``authority`` (a PEM file)."""

    def __init__(self, authority: Path | None = None) -> None:
        self._authority = authority
        self._lock = threading.Lock()
        self._store: crypto.X509Store | None = None

    def doubt(self, chain: Sequence[bytes], now: datetime) -> Doubt:
        """Look at a chain in DER, the leaf first. It may take its time: use a thread."""
        if not chain:
            return Doubt.MISSING
        try:
            shown = [crypto.load_certificate(crypto.FILETYPE_ASN1, each) for each in chain]
            leaf = shown[0].to_cryptography()
            if not _is_for_tls(leaf):
                return Doubt.PURPOSE
            verified = self._verified(shown, now)
            weak = any(_is_weak(each.to_cryptography()) for each in verified[:-1] or verified)
            return Doubt.WEAK if weak else Doubt.NONE
        except crypto.X509StoreContextError as refused:
            code = refused.errors[0]
            return Doubt.EXPIRED if code == _EXPIRED else Doubt.UNKNOWN
        except (crypto.Error, ValueError):  # what cannot be read
            return Doubt.UNKNOWN

    def _verified(self, shown: Sequence[crypto.X509], now: datetime) -> Sequence[crypto.X509]:
        with self._lock:
            if self._store is None:
                self._store = _store(self._authority)
            self._store.set_time(now)
            context = crypto.X509StoreContext(self._store, shown[0], shown[1:])
            return context.get_verified_chain()


def _store(authority: Path | None) -> crypto.X509Store:
    store = crypto.X509Store()
    system = ssl.get_default_verify_paths()
    for file, folder in ((system.cafile, system.capath), (authority, None)):
        if file is not None or folder is not None:
            store.load_locations(file, folder)
    return store


def _is_for_tls(leaf: x509.Certificate) -> bool:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return not _FOR_TLS.isdisjoint(usage)


def _is_weak(certificate: x509.Certificate) -> bool:
    algorithm, key = certificate.signature_hash_algorithm, certificate.public_key()
    is_short = isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS
    return is_short or (algorithm is not None and algorithm.name in _OLD_HASHES)
