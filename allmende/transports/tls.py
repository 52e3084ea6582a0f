"""Certificates: given files, or an authority of our own made at the first start.

The authority may sign for the names of this server only (RFC 5280, 4.2.1.10), so that people
who trust it on their devices trust it for nothing else.
"""

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from allmende.core.clock import Clock
from allmende.transports.anycert import accept_any, never_resume
from allmende.transports.groups import restrict_groups

AEAD_SUITES: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
_AUTHORITY_LIVES: Final = timedelta(days=3650)
_LEAF_LIVES: Final = timedelta(days=364)
_RENEW_BEFORE: Final = timedelta(days=60)
_PURPOSES: Final = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
"""Some XMPP servers want both of a server that calls them."""

_CLOCKS_DIFFER: Final = timedelta(days=1)


class CertificateRefused(Exception):
    """The certificate or key cannot be used. The text is one sentence."""


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Where an authority of our own keeps its four files."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that people may install."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """Signs the server's certificate. Mode 0600."""
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        """What the server shows."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's key. Mode 0600."""
        return self.folder / "server.key"


def context_of(
    certificate: Path,
    key: Path,
    *,
    minimum: str = "1.3",
    alpn: Sequence[str] = ("http/1.1",),
    resumes: bool = True,
    any_client: bool = False,
) -> ssl.SSLContext:
    """Return a server context. Raises CertificateRefused.

    ``any_client``: clients are asked for a certificate and any is taken, where that can be done.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = {
        "1.2": ssl.TLSVersion.TLSv1_2,
        "1.3": ssl.TLSVersion.TLSv1_3,
    }[minimum]
    context.set_ciphers(AEAD_SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if alpn:
        context.set_alpn_protocols(list(alpn))
    restrict_groups(context)
    if not resumes:
        never_resume(context)
    if any_client:
        accept_any(context)
    load_into(context, certificate, key)
    return context


def load_into(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Read the files again; connections from now on see the new ones.

    Raises CertificateRefused and changes nothing if the pair is not usable.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_none)
        context.load_cert_chain(certificate, key, password=_none)
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "reason", None) or getattr(failure, "strerror", None)
        raise CertificateRefused(
            f"The certificate {certificate} with the key {key} cannot be used: {reason}."
        ) from None


def fingerprint_of(certificate: Path) -> str:
    """Return the SHA-256 of a PEM certificate as ``AB:CD:..``."""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in digest)


def ends_at(certificate: Path) -> datetime:
    """Return when the first certificate in the file ends. Raises CertificateRefused."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as failure:
        raise CertificateRefused(f"The certificate {certificate} cannot be read.") from failure


def names_in(certificate: Path) -> tuple[str, ...]:
    """Return the names and addresses a certificate is for. Raises CertificateRefused."""
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    except (OSError, ValueError) as failure:
        raise CertificateRefused(f"The certificate {certificate} cannot be read.") from failure
    return (
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    )


def own_certificate(folder: Path, names: Sequence[str], clock: Clock) -> OwnFiles:
    """Make an authority and a certificate for ``names``, or keep those that still serve."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files, now = OwnFiles(folder), clock.now()
    if not _serves(files.authority, files.authority_key, names, now):
        _make_authority(files, names, now)
        files.certificate.unlink(missing_ok=True)
    if not _serves(files.certificate, files.key, names, now):
        _make_leaf(files, names, now)
    return files


def _serves(certificate: Path, key: Path, names: Sequence[str], now: datetime) -> bool:
    if not (certificate.exists() and key.exists()):
        return False
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    if loaded.not_valid_after_utc - now < _RENEW_BEFORE:
        return False
    if certificate.name == "server.pem":
        return set(names_in(certificate)) == set(names)
    limits = loaded.extensions.get_extension_for_class(x509.NameConstraints).value
    return set(_permitted(names)) == set(limits.permitted_subtrees or ())


def _make_authority(files: OwnFiles, names: Sequence[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Allmende at {names[0]}"[:64])])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _builder(name, name, key.public_key(), now, _AUTHORITY_LIVES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_pair(files.authority, certificate, files.authority_key, key)


def _make_leaf(files: OwnFiles, names: Sequence[str], now: datetime) -> None:
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    signer = serialization.load_pem_private_key(files.authority_key.read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise CertificateRefused(f"{files.authority_key} is not a key that this server made.")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    lives = min(_LEAF_LIVES, authority.not_valid_after_utc - now)
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _builder(name, authority.subject, key.public_key(), now, lives)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        .add_extension(issued_by, critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_pair(files.certificate, certificate, files.key, key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lives: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + lives)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    """The names as constraints: an address is a network of one."""
    permitted: list[x509.GeneralName] = []
    for name in names:
        try:
            permitted.append(x509.IPAddress(ipaddress.ip_network(name)))
        except ValueError:
            permitted.append(x509.DNSName(name.removeprefix("*.")))
    return permitted


def _write_pair(
    certificate_path: Path,
    certificate: x509.Certificate,
    key_path: Path,
    key: ec.EllipticCurvePrivateKey,
) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key_path.unlink(missing_ok=True)
    key_path.touch(mode=0o600)
    key_path.write_bytes(pem)
    certificate_path.touch(mode=0o600)
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _none() -> bytes:
    """A key with a password is refused instead of asking on the terminal."""
    return b""
