"""What the operator may set about accounts and rooms; the defaults are those of the product."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from allmende.identity.model.throttle import TRIES_PER_CALLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``open_room_days``: idle days after which a room without a group ends.

    ``url``: what people type, without a slash at the end. ``recovery_wait_h``: how long the
    devices of an account can stop somebody who has its recovery kit.
    """

    open_room_days: int = 30
    sign_ins_per_quarter: int = TRIES_PER_CALLER
    url: str = "http://localhost"
    recovery_wait_h: int = 48

    @property
    def host(self) -> str:
        """Return the name of this server: what passkeys belong to (WebAuthn, relying party ID)."""
        return urlsplit(self.url).hostname or ""

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys here: not for a bare address."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return bool(self.host)
        return False

    @property
    def recovery_wait(self) -> timedelta:
        """Return how long a recovery waits."""
        return timedelta(hours=self.recovery_wait_h)

    @property
    def open_room_idle(self) -> timedelta:
        """Return how long a room without a group waits for somebody to come back."""
        return timedelta(days=self.open_room_days)


DEFAULTS = Settings()
