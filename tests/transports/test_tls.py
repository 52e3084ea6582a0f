import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from allmende.transports import tls


class HandClock:
    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 0.0


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Let the two meet in memory; return the client's end."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (near, far):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    near.do_handshake()
    return near


def trusting(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority)


def test_an_own_certificate_serves_those_who_trust_the_authority(tmp_path: Path) -> None:
    files = tls.own_certificate(tmp_path / "tls", ["example.org", "192.0.2.7"], HandClock())
    server = tls.context_of(files.certificate, files.key)
    for name in ("example.org", "192.0.2.7"):
        assert shake(server, trusting(files.authority), name).version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(server, trusting(files.authority), "example.com")


def test_the_authority_may_not_sign_for_others(tmp_path: Path) -> None:
    files = tls.own_certificate(tmp_path / "a", ["example.org"], HandClock())
    other = tls.own_certificate(tmp_path / "b", ["bank.example"], HandClock())
    for name in ("certificate", "key"):
        getattr(other, name).unlink()
    (other.folder / "authority.pem").write_bytes(files.authority.read_bytes())
    (other.folder / "authority.key").write_bytes(files.authority_key.read_bytes())
    tls._make_leaf(other, ["bank.example"], datetime.now(UTC))
    server = tls.context_of(other.certificate, other.key)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake(server, trusting(files.authority), "bank.example")


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    files = tls.own_certificate(tmp_path / "tls", ["example.org"], HandClock())
    assert [p.stat().st_mode & 0o777 for p in (files.key, files.authority_key)] == [0o600, 0o600]
    assert files.folder.stat().st_mode & 0o777 == 0o700


def test_files_are_kept_until_a_name_changes_or_the_end_is_near(tmp_path: Path) -> None:
    clock = HandClock()
    files = tls.own_certificate(tmp_path, ["example.org"], clock)
    leaf, authority = tls.fingerprint_of(files.certificate), tls.fingerprint_of(files.authority)
    tls.own_certificate(tmp_path, ["example.org"], clock)
    assert tls.fingerprint_of(files.certificate) == leaf
    clock.at += timedelta(days=330)
    tls.own_certificate(tmp_path, ["example.org"], clock)
    assert tls.fingerprint_of(files.certificate) != leaf
    assert tls.fingerprint_of(files.authority) == authority
    tls.own_certificate(tmp_path, ["example.org", "example.net"], clock)
    assert tls.fingerprint_of(files.authority) != authority
    assert tls.names_in(files.certificate) == ("example.org", "example.net")


def test_only_aead_suites_are_offered(tmp_path: Path) -> None:
    files = tls.own_certificate(tmp_path, ["example.org"], HandClock())
    context = tls.context_of(files.certificate, files.key, minimum="1.2")
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert all(suite["aead"] for suite in context.get_ciphers())
    old = trusting(files.authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shake(context, old, "example.org").version() == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        shake(tls.context_of(files.certificate, files.key), old, "example.org")


def test_new_files_are_shown_after_loading_again(tmp_path: Path) -> None:
    first = tls.own_certificate(tmp_path / "a", ["example.org"], HandClock())
    second = tls.own_certificate(tmp_path / "b", ["example.org"], HandClock())
    context = tls.context_of(first.certificate, first.key)
    tls.load_into(context, second.certificate, second.key)
    assert shake(context, trusting(second.authority), "example.org").version() == "TLSv1.3"


def test_a_pair_that_does_not_fit_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    first = tls.own_certificate(tmp_path / "a", ["example.org"], HandClock())
    second = tls.own_certificate(tmp_path / "b", ["example.org"], HandClock())
    context = tls.context_of(first.certificate, first.key)
    with pytest.raises(tls.CertificateRefused, match="KEY_VALUES_MISMATCH"):
        tls.load_into(context, second.certificate, first.key)
    with pytest.raises(tls.CertificateRefused, match="No such file"):
        tls.load_into(context, tmp_path / "none", first.key)
    assert shake(context, trusting(first.authority), "example.org").version() == "TLSv1.3"


def test_what_a_certificate_says_can_be_read(tmp_path: Path) -> None:
    clock = HandClock()
    files = tls.own_certificate(tmp_path, ["example.org"], clock)
    assert timedelta(days=360) < tls.ends_at(files.certificate) - clock.at < timedelta(days=366)
    assert tls.names_in(files.authority) == ()
    assert len(tls.fingerprint_of(files.authority).split(":")) == 32
    for question in (tls.ends_at, tls.names_in):
        with pytest.raises(tls.CertificateRefused):
            question(tmp_path / "none")
