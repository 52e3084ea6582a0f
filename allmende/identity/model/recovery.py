"""Recovery: the kit on paper, and what becomes of a run that it began."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from allmende.core.ids import AccountId
from allmende.identity.model.crockford import check_character, grouped, is_whole, meant, random_code

KIT_CHARS: Final = 26
"""125 random bits and a check character."""

GROUP_CHARS: Final = 5
RUN_LIFETIME: Final = timedelta(days=30)


class RunState(StrEnum):
    """``waiting -> ready -> used | cancelled | lapsed``."""

    WAITING = "waiting"
    READY = "ready"
    USED = "used"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


OPEN: Final = (RunState.WAITING, RunState.READY)
"""The states out of which something may still come."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A row of a run. Waiting becomes ready by time alone, and either lapses."""

    account_id: AccountId
    state: RunState
    ready_at: datetime
    ends_at: datetime

    def state_at(self, now: datetime) -> RunState:
        """Return the state as it is at ``now``."""
        if self.state not in OPEN:
            return self.state
        if self.ends_at <= now:
            return RunState.LAPSED
        return RunState.READY if self.ready_at <= now else self.state


@dataclass(frozen=True, slots=True)
class RecoveryKit:
    """What stands on the printed page, shown once. ``code`` in groups; ``qr``: for a camera."""

    server: str
    name: str
    code: str
    qr: str


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run as its private page and the devices of the account show it."""

    name: str
    state: RunState
    ready_at: datetime
    ends_at: datetime


def new_kit_code() -> str:
    """Return a new code without groups."""
    code = random_code(KIT_CHARS - 1)
    return code + check_character(code)


def kit_code_of(typed: str) -> str | None:
    """Return the code that somebody typed, None if it cannot be one."""
    code = meant(typed)
    return code if is_whole(code, KIT_CHARS) else None


def printed(code: str) -> str:
    """Return a code as it is printed: five groups and the check character."""
    return grouped(code, GROUP_CHARS)
