"""Whom we believe: chains of an authority in a file."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from allmende.transports.trust import Doubt, Trust
from allmende.transports.ways import self_signed

NOW = datetime.now(UTC)
SHORT_BITS = int("1024")  # on purpose
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Authority:
    """Signs what it is given; may itself be signed by another."""

    def __init__(self, name: str, above: "Authority | None" = None) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = (above or self).sign(name, self.key, constraints)

    def sign(
        self, name: str, key: Key | None = None, *notes: x509.ExtensionType, days: int = 30
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        owner = key or ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(owner.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=60))
            .not_valid_after(NOW + timedelta(days=days))
        )
        for note in notes:
            builder = builder.add_extension(note, critical=False)
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture
def authority() -> Authority:
    return Authority("root")


def trust(folder: Path, authority: Authority) -> Trust:
    file = folder / "root.pem"
    file.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    return Trust(file)


def doubt(believing: Trust, *chain: x509.Certificate) -> Doubt:
    shown: Sequence[bytes] = [each.public_bytes(Encoding.DER) for each in chain]
    return believing.doubt(shown, NOW)


def test_what_the_authority_signed_is_believed(tmp_path: Path, authority: Authority) -> None:
    believing = trust(tmp_path, authority)
    middle = Authority("middle", authority)
    leaf = middle.sign("leaf")
    assert doubt(believing, authority.sign("leaf")) is Doubt.NONE
    assert doubt(believing, leaf, middle.certificate) is Doubt.NONE
    assert doubt(believing, leaf, authority.certificate, middle.certificate) is Doubt.NONE
    assert doubt(believing, leaf) is Doubt.UNKNOWN
    assert doubt(Trust(), leaf, middle.certificate, authority.certificate) is Doubt.UNKNOWN


def test_what_a_server_signed_itself_is_not(tmp_path: Path, authority: Authority) -> None:
    believing = trust(tmp_path, authority)
    assert doubt(believing, self_signed("leaf").certificate) is Doubt.UNKNOWN
    no_authority = ec.generate_private_key(ec.SECP256R1())
    pretender = Authority("pretender")
    pretender.key, pretender.certificate = no_authority, authority.sign("pretender", no_authority)
    assert doubt(believing, pretender.sign("leaf"), pretender.certificate) is Doubt.UNKNOWN


def test_what_is_over_or_nothing_at_all_is_not(tmp_path: Path, authority: Authority) -> None:
    believing = trust(tmp_path, authority)
    assert doubt(believing, authority.sign("leaf", days=-1)) is Doubt.EXPIRED
    assert doubt(believing) is Doubt.MISSING
    assert believing.doubt([b"nonsense"], NOW) is Doubt.UNKNOWN


def test_what_is_for_something_else_is_not(tmp_path: Path, authority: Authority) -> None:
    believing = trust(tmp_path, authority)
    for usage, expected in (
        (ExtendedKeyUsageOID.SERVER_AUTH, Doubt.NONE),
        (ExtendedKeyUsageOID.CLIENT_AUTH, Doubt.NONE),
        (ExtendedKeyUsageOID.CODE_SIGNING, Doubt.PURPOSE),
    ):
        leaf = authority.sign("leaf", None, x509.ExtendedKeyUsage([usage]))
        assert doubt(believing, leaf) is expected


def test_a_short_key_is_weak(tmp_path: Path, authority: Authority) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=SHORT_BITS)
    assert doubt(trust(tmp_path, authority), authority.sign("leaf", short)) is Doubt.WEAK
