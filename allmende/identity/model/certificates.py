"""Certificates of voice programs: bound to an account, the program signs in without a password.

The program made the certificate itself. That it has the key is proven while the connection is made;
here it is only known again (spec voice, 3).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId, CertificateId
from allmende.identity.model.crockford import check_character, grouped, is_whole, meant, random_code

MAX_CERTIFICATE_BYTES: Final = 16 * 1024
MAX_PER_ACCOUNT: Final = 20
PAIRING_LIFETIME: Final = timedelta(minutes=10)
PAIRING_CHARS: Final = 9
"""Forty bits and a check character, for ten minutes and one use."""

_PAIRING_GROUP: Final = 3


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A row of a certificate. ``since``: the quarter in which it was bound, like ``2026-Q4``."""

    id: CertificateId
    account_id: AccountId
    label: str
    since: str

    @property
    def caller(self) -> Caller:
        """Return who comes with it: a program that may take part in voice, nothing else."""
        scopes = frozenset({Scope.VOICE})
        return Caller(self.account_id, scopes=scopes, certificate_id=self.id)


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A code that binds the certificate of whoever types it as a password, once."""

    code: str
    ends_at: datetime

    @property
    def printed(self) -> str:
        """The code in groups, as it is read."""
        return grouped(self.code, _PAIRING_GROUP)


def fingerprint(der: bytes) -> str:
    """Return what is kept of a certificate: SHA-256 of the whole of it in hex.

    Raises InvalidInput ``certificate`` for none, or one that is too large.
    """
    if not 0 < len(der) <= MAX_CERTIFICATE_BYTES:
        raise InvalidInput("identity.certificate-unreadable", field="certificate")
    return hashlib.sha256(der).hexdigest()


def new_pairing_code() -> str:
    """Return a code of nine characters, the last of which closes it."""
    code = random_code(PAIRING_CHARS - 1)
    return code + check_character(code)


def pairing_code_of(typed: str) -> str | None:
    """Return the pairing code that was typed, None if it cannot be one."""
    code = meant(typed)
    return code if is_whole(code, PAIRING_CHARS) else None
