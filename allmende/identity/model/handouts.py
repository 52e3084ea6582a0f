"""Handing out other people's data on the command line: what it is about, and who agreed (S13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from allmende.core.ids import AccountId, GroupId, HandoutId, PadId

HANDOUT_LIFETIME: Final = timedelta(days=14)
CONSENTS_NEEDED: Final = 2
"""Where there are as many operators. Whoever types is not known, so both agree on the web."""


class Matter(StrEnum):
    """What is handed out: everything about an account, a whole group, or the text of a pad."""

    ACCOUNT = "account"
    GROUP = "group"
    PAD = "pad"


@dataclass(frozen=True, slots=True)
class Whose:
    """Exactly one of them is there."""

    account_id: AccountId | None = None
    group_id: GroupId | None = None
    pad_id: PadId | None = None


@dataclass(frozen=True, slots=True)
class Handout:
    """What somebody at the command line wants. ``thing``: name, address, or number of a pad.

    ``agreed`` are the names of operators who agreed, ``agreed_myself`` whether the caller did.
    """

    id: HandoutId
    matter: Matter
    thing: str
    agreed: Sequence[str]
    agreed_myself: bool
    ends_at: datetime

    @property
    def is_agreed(self) -> bool:
        """Return whether enough operators agreed."""
        return len(self.agreed) >= CONSENTS_NEEDED
