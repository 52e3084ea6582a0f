"""Accounts and sessions as they are kept: as little as possible, and no exact times."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId, SessionId

SESSION_LIFETIME: Final = timedelta(days=180)
BRIEF_SESSION_LIFETIME: Final = timedelta(hours=12)
SESSION_IDLE: Final = timedelta(days=30)
RESET_LIFETIME: Final = timedelta(hours=24)


class AccountState(StrEnum):
    """Whether an account can be used. A removed one stays as a row without a person."""

    NEW = "new"
    ACTIVE = "active"
    FROZEN = "frozen"
    LEAVING = "leaving"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A row of an account. ``since`` and ``seen`` are quarters like ``2026-Q4``."""

    id: AccountId
    name: str
    password: str
    state: AccountState
    role: ServerRole
    since: str
    seen: str
    settings: str


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A row of a session. ``since`` and ``seen`` are weeks like ``2026-W47``."""

    id: SessionId
    account_id: AccountId
    label: str
    since: str
    seen: str
    ends_at: datetime


def quarter(at: datetime) -> str:
    """Return the quarter of ``at``, like ``2026-Q4``: all that is kept of when."""
    return f"{at.year:04}-Q{(at.month + 2) // 3}"


def week(at: datetime) -> str:
    """Return the ISO week of ``at``, like ``2026-W47``. Later weeks compare greater."""
    year, number, _ = at.isocalendar()
    return f"{year:04}-W{number:02}"


def is_idle(session: StoredSession, now: datetime) -> bool:
    """Return whether a session was unused for 30 days, judged by weeks."""
    return session.seen < week(now - SESSION_IDLE)


def session_end(now: datetime, *, brief: bool) -> datetime:
    """Return when a new session ends at the latest.

    A long one ends at midnight, so that the row does not tell when somebody signed in.
    """
    if brief:
        return now + BRIEF_SESSION_LIFETIME
    end = now + SESSION_LIFETIME
    return end.replace(hour=0, minute=0, second=0, microsecond=0)
