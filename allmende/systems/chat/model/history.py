"""Pages of an archive: what is asked for, and what comes back. Of people and of rooms alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_PAGE: Final = 100
PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which messages are asked for, all by uid.

    ``peer``, ``resource``: with whom, "" for anybody. ``since``, ``until``: both included.
    ``later_than``, ``earlier_than``: bounds of the whole; ``after``, ``before``: where this page
    begins or ends. ``newest``: the last page rather than the first. ``uids``: these and no others.
    """

    peer: str = ""
    resource: str = ""
    since: datetime | None = None
    until: datetime | None = None
    later_than: str = ""
    earlier_than: str = ""
    after: str = ""
    before: str = ""
    newest: bool = False
    uids: Sequence[str] = ()
    most: int = PAGE

    @property
    def limit(self) -> int:
        """How many come back at most."""
        return max(0, min(self.most, MAX_PAGE))

    @property
    def backwards(self) -> bool:
        """Whether the page ends where it is asked to, rather than begins."""
        return self.newest or bool(self.before)


@dataclass(frozen=True, slots=True)
class Archived:
    """One message of an archive. ``content``: the whole of it, as it is shown."""

    uid: str
    sent_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Messages, oldest first. ``complete``: there are no more in the direction of the page."""

    items: Sequence[Archived]
    complete: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """The oldest and the newest message of an archive: uid and time."""

    oldest: tuple[str, datetime]
    newest: tuple[str, datetime]
