"""The ICE-lite end of one transport (RFC 8445, 6.2 and 7.3; RFC 7675).

It never sends a check. The first good check selects the path, then the checks with
USE-CANDIDATE do; a change of network needs no signalling. No clock: the time is told.
"""

import enum
import secrets
from dataclasses import dataclass
from typing import Final

from allmende.media.webrtc.paths import Path
from allmende.protocols.stun.binding import BindingRequest

SILENT_AFTER_S: Final = 15.0
LOST_AFTER_S: Final = 30.0
# Without a check or packet for so long the selected path gives way to any that works.
STALE_AFTER_S: Final = 5.0
# Aggressive nomination (RFC 5245, Firefox) names several paths at once: the best of them stays.
NOMINATION_RACE_S: Final = 1.0

# RFC 8839, 5.4: ice-char; ufrag at least 24 bits, pwd at least 128 bits.
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_UFRAG_LENGTH: Final = 10
_PWD_LENGTH: Final = 24


class Consent(enum.Enum):
    """How long ago the client last proved that it wants our packets."""

    FRESH = "fresh"
    SILENT = "silent"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client names and proves in each check."""

    ufrag: str
    pwd: str


def make_credentials() -> Credentials:
    """Return a random pair."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_UFRAG_LENGTH + _PWD_LENGTH)]
    return Credentials("".join(letters[:_UFRAG_LENGTH]), "".join(letters[_UFRAG_LENGTH:]))


class IceLite:
    """Credentials, selected path and consent of one transport."""

    def __init__(self, now_s: float) -> None:
        self._current = make_credentials()
        self._next: Credentials | None = None
        self._selected: Path | None = None
        self._nominated_s: float | None = None
        self._nominated_priority = 0
        self._alive_s = now_s
        self._checked_s = now_s

    @property
    def selected(self) -> Path | None:
        """Where packets go."""
        return self._selected

    @property
    def newest(self) -> Credentials:
        """What the next answer carries."""
        return self._next or self._current

    @property
    def valid(self) -> tuple[Credentials, ...]:
        """The pairs that checks may use."""
        return (self._current,) if self._next is None else (self._current, self._next)

    def restart(self) -> Credentials:
        """Add a new pair; the old stays valid until the first check with the new."""
        self._next = make_credentials()
        return self._next

    def wait_from(self, now_s: float) -> None:
        """Count the consent from now on: only now can the client know where we are."""
        self._checked_s = max(self._checked_s, now_s)

    def checked(self, request: BindingRequest, ufrag: str, path: Path, now_s: float) -> None:
        """Take an authentic check that came over ``path`` for our ``ufrag``."""
        if self._next is not None and ufrag == self._next.ufrag:
            self._current, self._next = self._next, None
            self._nominated_s = None
        self._checked_s = now_s
        if path is self._selected:
            self._alive_s = now_s
        if request.use_candidate:
            self._nominate(request.priority, path, now_s)
        elif self._selected is None or now_s - self._alive_s > STALE_AFTER_S:
            self._select(path, now_s)

    def heard(self, path: Path, now_s: float) -> None:
        """Take note of an authentic packet: media may come back before its next check."""
        if path is self._selected:
            self._alive_s = now_s
        elif now_s - self._alive_s > STALE_AFTER_S:
            self._select(path, now_s)

    def consent(self, now_s: float) -> Consent:
        """RFC 7675, 5.1: no check, no packets."""
        age_s = now_s - self._checked_s
        if age_s > LOST_AFTER_S:
            return Consent.LOST
        return Consent.SILENT if age_s > SILENT_AFTER_S else Consent.FRESH

    def path_closed(self, path: Path) -> None:
        """Forget a TCP connection that is gone; the next check selects another path."""
        if path is self._selected:
            self._selected = None
            self._nominated_s = None

    def _nominate(self, priority: int, path: Path, now_s: float) -> None:
        racing = (
            path is not self._selected
            and self._nominated_s is not None
            and now_s - self._nominated_s < NOMINATION_RACE_S
        )
        if racing and priority < self._nominated_priority:
            return
        self._nominated_s, self._nominated_priority = now_s, priority
        self._select(path, now_s)

    def _select(self, path: Path, now_s: float) -> None:
        self._selected = path
        self._alive_s = now_s
