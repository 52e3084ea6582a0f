"""How long a proof is fresh, and the way between the password and the second step."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId
from allmende.identity.model.tokens import sign, unsign

STRONG_FOR: Final = timedelta(minutes=10)
"""Acts that hurt need a proof that is not older."""

HALFWAY_LIFETIME: Final = timedelta(minutes=10)
"""Time to find the phone with the codes."""

NEEDS_SECOND_STEP: Final = frozenset({ServerRole.OPERATOR, ServerRole.MODERATOR})
"""Who decides about others proves more than a password."""

_PURPOSE: Final = "halfway"


def strong_until(now: datetime) -> datetime:
    """Return until when a proof of ``now`` is fresh, in whole minutes: no exact time is kept."""
    return (now + STRONG_FOR).replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What an account can prove itself with."""

    password: bool = False
    passkeys: int = 0
    totp: bool = False

    @property
    def second(self) -> bool:
        """Whether there is more than a password."""
        return self.totp or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Halfway:
    """Somebody whose password fits and whose second step is still missing.

    ``password``: a digest of the stored hash, so that another password ends the way.
    """

    account_id: AccountId
    password: str
    brief: bool
    ends_at: datetime

    def token(self, key: bytes) -> str:
        """Return what the browser holds meanwhile."""
        ends_s = int(self.ends_at.timestamp())
        parts = [self.account_id, self.password, self.brief, ends_s]
        return sign(key, _PURPOSE, json.dumps(parts).encode())


def password_digest(stored: str) -> str:
    """Return a short digest of a stored hash."""
    return hashlib.sha256(stored.encode()).hexdigest()[:16]


def halfway_of(key: bytes, token: str, now: datetime) -> Halfway | None:
    """Return who holds ``token``; None if it is forged or over."""
    payload = unsign(key, _PURPOSE, token)
    if payload is None:
        return None
    account_id, password, brief, ends_s = json.loads(payload)
    ends_at = datetime.fromtimestamp(ends_s, UTC)
    return Halfway(AccountId(account_id), password, brief, ends_at) if ends_at > now else None
