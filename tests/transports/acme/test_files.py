from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519

from allmende.transports.acme.files import (
    Account,
    AcmeFiles,
    Standing,
    lifetime,
    pem_of,
    write_private,
)
from allmende.transports.tls import own_certificate
from tests.transports.test_tls import HandClock

DIRECTORY = "https://authority.example/dir"


def test_the_key_of_the_account_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    files = AcmeFiles(tmp_path / "acme")
    first = pem_of(files.key())
    assert pem_of(files.key()) == first
    assert files.account_key.stat().st_mode & 0o777 == 0o600
    assert files.folder.stat().st_mode & 0o777 == 0o700


def test_an_account_belongs_to_one_authority_and_one_key(tmp_path: Path) -> None:
    files = AcmeFiles(tmp_path)
    assert files.account(DIRECTORY) is None
    files.key()
    account = Account("https://authority.example/1", DIRECTORY)
    files.keep_account(account)
    assert files.account(DIRECTORY) == account
    assert files.account("https://other.example/dir") is None
    files.forget_account()
    assert files.account(DIRECTORY) is None
    files.keep_account(account)
    assert files.account(DIRECTORY) is None


def test_a_key_of_another_kind_is_not_taken(tmp_path: Path) -> None:
    files = AcmeFiles(tmp_path)
    other = ed25519.Ed25519PrivateKey.generate()
    files.account_key.write_bytes(pem_of(other))  # type: ignore[arg-type]  # a foreign file
    assert b"BEGIN PRIVATE KEY" in pem_of(files.key())


def test_how_it_stands_is_remembered(tmp_path: Path) -> None:
    files, now = AcmeFiles(tmp_path), datetime.now(UTC)
    assert files.standing() == Standing()
    standing = Standing(tries=(now,), failures=2, problem="dns", next_try=now, renew_at=now)
    files.keep_standing(standing)
    assert files.standing() == standing
    (tmp_path / "state.json").write_text("nonsense")
    assert files.standing() == Standing()


def test_what_is_written_is_whole_and_for_us_alone(tmp_path: Path) -> None:
    write_private(tmp_path / "x", b"one")
    (tmp_path / "x.new").write_bytes(b"left by a crash")
    write_private(tmp_path / "x", b"two")
    assert (tmp_path / "x").read_bytes() == b"two"
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_a_certificate_says_when_it_begins_and_ends(tmp_path: Path) -> None:
    files = own_certificate(tmp_path, ["example.org"], HandClock())
    begins, ends = lifetime(files.certificate) or (None, None)
    assert begins
    assert ends
    assert timedelta(days=360) < ends - begins < timedelta(days=366)
    assert lifetime(tmp_path / "nothing") is None
    assert lifetime(files.key) is None
