"""How one comes to an account here: the modes, the brakes of the open one, and requests."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.ids import AccountId, GroupId, RequestId


class Mode(StrEnum):
    """Who gets an account: invited people, whoever a moderator lets in, or everybody."""

    INVITE = "invite"
    REQUEST = "request"
    OPEN = "open"


class Why(StrEnum):
    """Why the mode is what it is."""

    DEFAULT = "default"
    CHOSEN = "chosen"
    WAVE = "wave"
    UNATTENDED = "unattended"


class Mark(StrEnum):
    """What moderators note about an account.

    ``permanent``: never removed as unused. ``suspicious``: its own codes are refused, and those
    who come by its codes into a group wait for a decision.
    """

    PERMANENT = "permanent"
    SUSPICIOUS = "suspicious"


class RequestState(StrEnum):
    """``waiting -> granted | declined | withdrawn | expired``."""

    WAITING = "waiting"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


CLOSED: Final = "identity.registration-closed"
"""What somebody is told who signs up while the mode is not open any more."""

UNDECIDED_PER_HOUR: Final = 10
"""Accounts that become active in an hour although nobody looked at them."""
WAVE_SIGN_UPS: Final = 20
WAVE_TIME: Final = timedelta(hours=1)
UNATTENDED_TIME: Final = timedelta(days=7)

YOUNG_TIME: Final = timedelta(days=7)
"""A new account invites nobody for so long, and vouches for nobody."""
YOUNG_OPEN_TIME: Final = timedelta(days=14)

VOUCHES_NEEDED: Final = 2
REQUEST_TIME: Final = timedelta(days=60)
ANSWER_TIME: Final = timedelta(days=30)
MAX_REQUEST_CHARS: Final = 500
MAX_ANSWER_CHARS: Final = 500
MAX_WAITING: Final = 5_000
"""So many requests wait at most, so that nobody fills the disk through the front door."""

# Line ends, and the joiners that Persian, Kurdish and many emoji need.
_ALLOWED: Final = frozenset("\n\t\u200c\u200d")

WAVE_SHOWN: Final = 5
"""So many requests of one origin are shown as one."""


@dataclass(frozen=True, slots=True)
class RegistrationShown:
    """The mode and how it came; ``vouching``: whether two members let somebody in."""

    mode: Mode
    why: Why
    since: datetime | None
    vouching: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """A choice of those who run the server, and when it was made."""

    value: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A row of a request. ``account_id`` None: the account that waited is gone."""

    id: RequestId
    account_id: AccountId | None
    group_id: GroupId | None
    role: str
    body: str
    state: RequestState
    answer: str
    made_at: datetime
    ends_at: datetime


def clean_text(text: str, most: int, field: str) -> str:
    """Return a text of several lines. Raises InvalidInput with ``field``."""
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    if len(lines) > most:
        raise InvalidInput("identity.text-too-long", field=field, max=most, n=len(lines))
    if any(_is_refused(char) for char in lines):
        raise InvalidInput("identity.text-characters", field=field)
    return lines


def _is_refused(char: str) -> bool:
    return char not in _ALLOWED and unicodedata.category(char) in {"Cc", "Cf", "Cs"}
