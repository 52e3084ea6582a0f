"""What the operator may set about accounts and rooms; the defaults are those of the product."""

from dataclasses import dataclass
from datetime import timedelta

from allmende.identity.model.throttle import TRIES_PER_CALLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``open_room_days``: idle days after which a room without a group ends."""

    open_room_days: int = 30
    sign_ins_per_quarter: int = TRIES_PER_CALLER

    @property
    def open_room_idle(self) -> timedelta:
        """Return how long a room without a group waits for somebody to come back."""
        return timedelta(days=self.open_room_days)


DEFAULTS = Settings()
