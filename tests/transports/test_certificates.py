"""Who asks for which name sees which certificate, and what changes while it runs."""

import ssl
from pathlib import Path

import pytest

from allmende.transports.certificates import Certificates, Use
from allmende.transports.tls import CertificateRefused, OwnFiles, own_certificate
from tests.transports.test_tls import HandClock, shake

WEB = Use()
OLDER = Use(minimum="1.2", alpn=("xmpp-client",))


def made(folder: Path, name: str) -> OwnFiles:
    return own_certificate(folder / name, [name], HandClock())


def put(store: Certificates, files: OwnFiles) -> None:
    store.put([files.folder.name], files.certificate, files.key)


def seen(store: Certificates, files: OwnFiles, name: str, use: Use = WEB) -> ssl.SSLObject:
    """Connect like a client that trusts one authority only."""
    return shake(store.context(use), ssl.create_default_context(cafile=files.authority), name)


@pytest.fixture
def one(tmp_path: Path) -> OwnFiles:
    return made(tmp_path, "one.example")


@pytest.fixture
def two(tmp_path: Path) -> OwnFiles:
    return made(tmp_path, "two.example")


def test_each_host_has_its_certificate(one: OwnFiles, two: OwnFiles) -> None:
    store = Certificates()
    put(store, one)
    put(store, two)
    assert seen(store, one, "one.example").version() == "TLSv1.3"
    assert seen(store, two, "TWO.example").version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        seen(store, one, "three.example")
    assert [key for _, key in store.files] == [one.key, two.key]


def test_a_host_put_after_the_context_was_taken_is_seen(one: OwnFiles, two: OwnFiles) -> None:
    store = Certificates()
    put(store, one)
    assert seen(store, one, "one.example").version()
    put(store, two)
    assert seen(store, two, "two.example").version()


def test_a_wildcard_stands_for_one_label(one: OwnFiles, tmp_path: Path) -> None:
    files = own_certificate(tmp_path / "many", ["*.many.example"], HandClock())
    store = Certificates()
    put(store, one)
    store.put(["*.many.example"], files.certificate, files.key)
    store.context(WEB)
    assert store._for("a.many.example") is store._shown[1]
    assert store._for("b.a.many.example") is None
    assert store._for("many.example") is None


def test_each_protocol_has_a_context_of_its_own(one: OwnFiles) -> None:
    store = Certificates()
    put(store, one)
    assert store.context(WEB) is store.context(WEB)
    assert store.context(WEB) is not store.context(OLDER)
    old = ssl.create_default_context(cafile=one.authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_alpn_protocols(["xmpp-client"])
    agreed = shake(store.context(OLDER), old, "one.example")
    assert (agreed.version(), agreed.selected_alpn_protocol()) == ("TLSv1.2", "xmpp-client")
    with pytest.raises(ssl.SSLError):
        shake(store.context(WEB), old, "one.example")


def test_a_new_certificate_is_seen_by_new_connections_only(
    one: OwnFiles, two: OwnFiles, tmp_path: Path
) -> None:
    store = Certificates()
    put(store, one)
    put(store, two)
    before = seen(store, one, "one.example")
    new = own_certificate(tmp_path / "new", ["one.example"], HandClock())
    store.put(["one.example"], new.certificate, new.key)
    assert seen(store, new, "one.example").version()
    assert seen(store, two, "two.example").version()
    assert before.getpeercert() is not None
    with pytest.raises(ssl.SSLCertVerificationError):
        seen(store, one, "one.example")


def test_files_are_read_again(one: OwnFiles, two: OwnFiles, tmp_path: Path) -> None:
    store = Certificates()
    put(store, one)
    put(store, two)
    store.context(WEB)
    new = own_certificate(tmp_path / "new", ["two.example"], HandClock())
    two.certificate.write_bytes(new.certificate.read_bytes())
    two.key.write_bytes(new.key.read_bytes())
    store.reload()
    assert seen(store, new, "two.example").version()
    assert seen(store, one, "one.example").version()


def test_a_pair_that_cannot_be_used_changes_nothing(one: OwnFiles, two: OwnFiles) -> None:
    store = Certificates()
    put(store, one)
    put(store, two)
    store.context(WEB)
    with pytest.raises(CertificateRefused):
        store.put(["one.example"], one.certificate, two.key)
    two.key.write_text("nonsense")
    with pytest.raises(CertificateRefused):
        store.reload()
    assert seen(store, one, "one.example").version()
    assert seen(store, two, "two.example").version()
