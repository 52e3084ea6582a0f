"""Passkeys: what is kept of one, and the tickets that carry a challenge (WebAuthn Level 3)."""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from allmende.core.ids import AccountId, PasskeyId
from allmende.identity.model.tokens import sign, unsign

CHALLENGE_LIFETIME: Final = timedelta(minutes=10)
MAX_PASSKEYS: Final = 20
MAX_RESPONSE_CHARS: Final = 20_000
CHALLENGE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """A row of a passkey. ``since`` and ``seen`` are weeks; ``label`` a plant or a given name."""

    id: PasskeyId
    public_key: bytes
    account_id: AccountId
    credential: str
    sign_count: int
    label: str
    since: str
    seen: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was just made and checked, without an account yet."""

    public_key: bytes
    credential: str
    sign_count: int
    label: str


@dataclass(frozen=True, slots=True)
class PasskeyOptions:
    """``json`` is for the browser; ``ticket`` comes back with its answer."""

    json: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a ticket carries. ``name``: whose passkey is to be made, or empty: who signs in."""

    value: bytes
    name: str
    ends_at: datetime

    def ticket(self, key: bytes) -> str:
        """Return the signed ticket; nothing is kept here until it comes back."""
        encoded = base64.b64encode(self.value).decode("ascii")
        parts = [encoded, self.name, int(self.ends_at.timestamp())]
        return sign(key, "passkey", json.dumps(parts).encode())


def challenge_of(key: bytes, ticket: str, now: datetime) -> Challenge | None:
    """Return what a ticket of ours carries; None if it is forged or over."""
    payload = unsign(key, "passkey", ticket)
    if payload is None:
        return None
    encoded, name, ends_s = json.loads(payload)
    ends_at = datetime.fromtimestamp(ends_s, UTC)
    return Challenge(base64.b64decode(encoded), name, ends_at) if ends_at > now else None


def user_handle(key: bytes, name: str) -> bytes:
    """Return what authenticators know an account by: 32 bytes that say nothing about it.

    Made of the name, which never changes and is never given twice. Source: WebAuthn, 14.6.1.
    """
    return hmac.digest(key, b"passkey-handle\0" + name.encode(), "sha256")
