"""Codes of six digits that a phone computes, and the codes on paper that stand in for them.

RFC 6238 with SHA-1, 30 s and 6 digits, which is what every app speaks.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from allmende.identity.model.crockford import grouped, meant, random_code

DIGITS: Final = 6
STEP_S: Final = 30
SECRET_BYTES: Final = 20
DRIFT_STEPS: Final = 1
BACKUP_CODES: Final = 10
BACKUP_CHARS: Final = 12
_GROUP_CHARS: Final = 4
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class StoredTotp:
    """The secret, encrypted, and the last step whose code was used."""

    secret: str
    last_step: int


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """A secret that is not in use yet. ``uri`` is for the QR code, ``token`` for the form."""

    secret: str
    uri: str
    token: str


def new_secret() -> bytes:
    """Return 160 random bits, as RFC 4226, 4 recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return the secret as apps and people take it: base32."""
    return base64.b32encode(secret).decode("ascii")


def totp_uri(secret: bytes, name: str, server: str) -> str:
    """Return what the QR code says: ``otpauth://totp/SERVER:NAME?...``."""
    values = urlencode({"secret": secret_text(secret), "issuer": server})
    return f"otpauth://totp/{quote(server)}:{quote(name)}?{values}"


def fitting_step(secret: bytes, code: str, now_s: float, last_step: int) -> int | None:
    """Return the step whose code this is, one before or after now at most; each step once."""
    totp = TOTP(secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)
    middle = int(now_s) // STEP_S
    found = None
    for step in range(max(0, middle - DRIFT_STEPS), middle + DRIFT_STEPS + 1):
        right = hmac.compare_digest(totp.generate(step * STEP_S), code.encode())
        if right and step > last_step:
            found = step
    return found


def digits_of(typed: str) -> str | None:
    """Return the six digits that somebody typed, None if it is something else."""
    code = "".join(typed[:40].split())
    return code if len(code) == DIGITS and code.isascii() and code.isdigit() else None


def new_backup_codes() -> list[str]:
    """Return ten codes of 60 bits, as they are printed."""
    return [grouped(random_code(BACKUP_CHARS), _GROUP_CHARS) for _ in range(BACKUP_CODES)]


def backup_code_hash(key: bytes, typed: str) -> str:
    """Return what is kept of a backup code: a keyed hash, since 60 bits could be guessed."""
    return hmac.new(key, b"backup-code\0" + meant(typed).encode(), "sha256").hexdigest()


def sealed_secret(key: bytes, secret: bytes, owner: str) -> str:
    """Return the secret encrypted; only for the same ``owner`` it can be opened again."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, secret, owner.encode())
    return base64.b64encode(nonce + sealed).decode("ascii")


def opened_secret(key: bytes, sealed: str, owner: str) -> bytes | None:
    """Return the secret, None if it was sealed for somebody else or changed."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        return ChaCha20Poly1305(key).decrypt(nonce, body, owner.encode())
    except (ValueError, InvalidTag):
        return None
