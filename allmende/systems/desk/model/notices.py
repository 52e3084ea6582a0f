"""What is told to a person, and when it may ring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from allmende.core.errors import InvalidInput
from allmende.core.groups import Group
from allmende.core.ids import AccountId, NoticeId, SessionId

MAX_NOTICES: Final = 200
MAX_LINK_CHARS: Final = 500
MAX_VALUE_CHARS: Final = 200
MAX_ENDPOINT_CHARS: Final = 1_000
DAY_MIN: Final = 24 * 60

PUSH_WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""How long is waited after each try that failed; then the push is given up, not the notice."""


class Level(StrEnum):
    """How much a person wants to hear of a group."""

    ALL = "all"
    INBOX = "inbox"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of an inbox: a text of the catalogues with its values, and where it leads."""

    id: NoticeId
    message_id: str
    values: Mapping[str, str]
    link: str
    is_read: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredPush:
    """Where a device is rung. ``key`` and ``auth`` are those of its browser, in base64url."""

    session_id: SessionId
    account_id: AccountId
    endpoint: str
    key: str
    auth: str
    shows_text: bool
    language: str


@dataclass(frozen=True, slots=True)
class DuePush:
    """A push that is to be sent now: the job, the device, and what the notice says."""

    job_id: int
    push_id: int
    tries: int
    push: StoredPush
    message_id: str
    body: str
    link: str


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of the day between which nothing rings, in a time zone. May pass midnight."""

    begins_min: int
    ends_min: int
    time_zone: str

    def rings_at(self, now: datetime) -> datetime:
        """Return when a notice of ``now`` may ring: now, or when the quiet is over."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        minute = local.hour * 60 + local.minute
        if self.begins_min == self.ends_min or not self._is_quiet(minute):
            return now
        day = local.date() + timedelta(days=minute >= self.ends_min)
        end = datetime(day.year, day.month, day.day, tzinfo=local.tzinfo) + timedelta(
            minutes=self.ends_min
        )
        return max(now, end.astimezone(now.tzinfo))

    def _is_quiet(self, minute: int) -> bool:
        if self.begins_min < self.ends_min:
            return self.begins_min <= minute < self.ends_min
        return minute >= self.begins_min or minute < self.ends_min


@dataclass(frozen=True, slots=True)
class GroupLevel:
    """How much a person wants to hear of one of their groups."""

    group: Group
    level: Level


def clean_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return values short enough to be kept beside a text."""
    return {name: value[:MAX_VALUE_CHARS] for name, value in values.items()}


def clean_link(link: str) -> str:
    """Return a path of this server. ValueError for anything else: a mistake of ours."""
    if not link.startswith("/") or link.startswith("//") or len(link) > MAX_LINK_CHARS:
        raise ValueError("a notice leads to a path of this server")
    return link


def minute_of(typed: str, field: str) -> int:
    """Return the minute of the day of ``HH:MM``.

    Raises InvalidInput ``desk.time-not-understood``.
    """
    hours, _, minutes = typed.strip().partition(":")
    good = hours.isdecimal() and minutes.isdecimal() and len(hours) <= 2 and len(minutes) == 2
    if not good or not typed.isascii() or int(hours) > 23 or int(minutes) > 59:
        raise InvalidInput("desk.time-not-understood", field=field)
    return int(hours) * 60 + int(minutes)
