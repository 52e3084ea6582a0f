"""What is kept of the authority: the account, the certificates with their keys, how it stands."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Account(msgspec.Struct, frozen=True):
    """``uri`` names the account at the authority whose ``directory`` this is."""

    uri: str
    directory: str


class Standing(msgspec.Struct, frozen=True):
    """How it stands: tries of the last hour, failures in a row and why, what comes next.

    ``problem`` is a word of ``problems.PROBLEMS``, empty after a success.
    """

    tries: tuple[datetime, ...] = ()
    failures: int = 0
    problem: str = ""
    next_try: datetime | None = None
    renew_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AcmeFiles:
    """The folder ``DATA/tls/acme``. Everything in it is for the server alone."""

    folder: Path

    @property
    def account_key(self) -> Path:
        """The key of the account, P-256."""
        return self.folder / "account.key"

    @property
    def _account(self) -> Path:
        return self.folder / "account.json"

    @property
    def _standing(self) -> Path:
        return self.folder / "state.json"

    def bundle(self, name: str) -> Path:
        """Return the file with the key and the chain of the certificate for ``name``."""
        return self.folder / f"{name}.pem"

    def account(self, directory: str) -> Account | None:
        """Return the account at this authority, if there is one."""
        try:
            account = msgspec.json.decode(self._account.read_bytes(), type=Account)
        except (OSError, msgspec.MsgspecError):
            return None
        known = account.directory == directory and self.account_key.exists()
        return account if known else None

    def keep_account(self, account: Account) -> None:
        """Remember the account."""
        write_private(self._account, msgspec.json.encode(account))

    def forget_account(self) -> None:
        """The authority does not know it any more: begin anew, with a new key."""
        self._account.unlink(missing_ok=True)
        self.account_key.unlink(missing_ok=True)

    def key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key of the account; the first time it is made."""
        if self.account_key.exists():
            found = serialization.load_pem_private_key(self.account_key.read_bytes(), None)
            if isinstance(found, ec.EllipticCurvePrivateKey):
                return found
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(self.account_key, pem_of(key))
        return key

    def standing(self) -> Standing:
        """Return how it stands."""
        try:
            return msgspec.json.decode(self._standing.read_bytes(), type=Standing)
        except (OSError, msgspec.MsgspecError):
            return Standing()

    def keep_standing(self, standing: Standing) -> None:
        """Remember how it stands, for the next start and for `allmende check`."""
        write_private(self._standing, msgspec.json.encode(standing))


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as PEM without a password."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def write_private(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of a file, whole or not at all, readable by us alone."""
    for folder in (path.parent.parent, path.parent):  # the mode counts for the last one only
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def lifetime(bundle: Path) -> tuple[datetime, datetime] | None:
    """Return when the certificate in a bundle begins and ends; None if there is none."""
    try:
        loaded = x509.load_pem_x509_certificate(bundle.read_bytes())
    except (OSError, ValueError):
        return None
    return loaded.not_valid_before_utc, loaded.not_valid_after_utc
