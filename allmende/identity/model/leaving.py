"""Leaving the server: how long it can be undone, and the key that undoes it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from allmende.core.groups import Group
from allmende.core.ids import MAX_ID, AccountId
from allmende.identity.model.tokens import sign, unsign

LEAVING_TIME: Final = timedelta(days=14)
"""Between saying that one leaves and being gone; until then it can be undone."""

UNUSED_TIME: Final = timedelta(days=2 * 365)
"""After so long without use an account leaves by itself."""

UNUSED_NOTICE: Final = timedelta(days=7)

_PURPOSE: Final = "stay"


@dataclass(frozen=True, slots=True)
class Farewell:
    """What leaving means for one's groups.

    ``hand_over``: others are in it and nobody else is admin; ``alone``: it goes too.
    """

    hand_over: tuple[Group, ...]
    alone: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Leaving:
    """An account that is about to go. ``token`` undoes it until ``ends_at``."""

    ends_at: datetime
    token: str


def stay_token(key: bytes, account_id: AccountId, ends_at: datetime) -> str:
    """Return what undoes the leaving that ends then; nothing of it is stored."""
    payload = json.dumps([account_id, _micros(ends_at)])
    return sign(key, _PURPOSE, payload.encode())


def leaving_of(key: bytes, token: str) -> tuple[AccountId, datetime] | None:
    """Return whose leaving a token undoes, and when that ends; None if it is not ours."""
    payload = unsign(key, _PURPOSE, token)
    if payload is None:
        return None
    account_id, ends = json.loads(payload)  # signed by us: the shape is what we wrote
    return AccountId(account_id), datetime.fromtimestamp(0, UTC) + timedelta(
        microseconds=min(ends, MAX_ID)
    )


def _micros(instant: datetime) -> int:
    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
