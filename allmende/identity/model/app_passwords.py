"""App passwords: what a program of a person signs in with, one for each device and purpose."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allmende.core.accounts import Scope
from allmende.core.ids import AccountId, AppPasswordId
from allmende.identity.model.crockford import ALPHABET, meant, random_code
from allmende.protocols.scram.keys import MIN_ITERATIONS, Mechanism, ScramKeys, keys_of, read_keys

CHARS: Final = 26
"""Of five bits each: 130."""

UNUSED: Final = timedelta(days=365)
MAX_PER_ACCOUNT: Final = 50
SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Purpose:
    """What somebody may want a program to do here. ``name`` stands in the form of the page.

    ``reading`` is what it gets if it may only read; empty where that makes no sense.
    """

    name: str
    scopes: frozenset[Scope]
    reading: frozenset[Scope] = frozenset()


CHAT: Final = Purpose("chat", frozenset({Scope.CHAT}), frozenset({Scope.CHAT_READ}))
VOICE: Final = Purpose("voice", frozenset({Scope.VOICE}))
PADS: Final = Purpose("pads", frozenset({Scope.PADS}), frozenset({Scope.PADS_READ}))


@dataclass(frozen=True, slots=True)
class StoredAppPassword:
    """A row of an app password. ``since`` and ``seen`` are weeks like ``2026-W47``."""

    id: AppPasswordId
    account_id: AccountId
    label: str
    scopes: str
    since: str
    seen: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class NewAppPassword:
    """An app password in the moment it is made; ``secret`` is shown once and kept nowhere."""

    id: AppPasswordId
    name: str
    secret: str
    label: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class AppPasswordShown:
    """An app password on the page of its person. ``label`` as it is stored."""

    id: AppPasswordId
    label: str
    scopes: frozenset[Scope]
    since: str
    seen: str


def new_secret() -> str:
    """Return 26 random letters and digits."""
    return random_code(CHARS).lower()


def secret_of(typed: str) -> str | None:
    """Return the app password that was typed, None if it cannot be one.

    Spaces, hyphens and case do not matter, and what looks like 0 or 1 counts as that.
    """
    secret = meant(typed)
    return secret.lower() if len(secret) == CHARS and set(secret) <= set(ALPHABET) else None


def scopes_text(scopes: Iterable[Scope]) -> str:
    """Return scopes as they are stored."""
    return " ".join(sorted(scopes))


def scopes_of(stored: str) -> frozenset[Scope]:
    """Return stored scopes; those that a later release knew are left out."""
    known = set(Scope)
    return frozenset(Scope(word) for word in stored.split() if word in known)


def end_of(now: datetime) -> datetime:
    """Return when an app password ends that is not used after ``now``.

    At midnight, so that the row does not tell when it was used.
    """
    return (now + UNUSED).replace(hour=0, minute=0, second=0, microsecond=0)


def scram_salt(key: bytes, name: str, mechanism: Mechanism) -> bytes:
    """Return the salt of a name, which need not exist: nobody learns that from the salt.

    All app passwords of an account share it, since the server has to send it before it can know
    which of them is meant (RFC 5802, 5.1).
    """
    said = f"scram-salt\0{mechanism}\0{name}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, said, "sha256")[:SALT_BYTES]


def scram_keys(key: bytes, name: str, secret: str) -> list[ScramKeys]:
    """Derive what SCRAM needs, of each mechanism. About 2 ms of CPU."""
    return [
        keys_of(secret, scram_salt(key, name, mechanism), MIN_ITERATIONS, mechanism)
        for mechanism in Mechanism
    ]


def stored_scram_keys(stored: str, mechanism: Mechanism) -> ScramKeys | None:
    """Return the keys of one mechanism in a stored text, a line each."""
    for line in stored.splitlines():
        if line.startswith(f"{mechanism}$"):
            return read_keys(line)
    return None
