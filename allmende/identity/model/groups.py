"""Rules of a group: what a new one begins with, and what its admins may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId, GroupId

MIN_MESSAGES_H: Final = 1
MAX_MESSAGES_H: Final = 2 * 365 * 24
_DAY_H: Final = 24

UNDO_LIFETIME: Final = timedelta(seconds=20)
"""People are told 10 seconds; the rest is for slow lines."""

OFFER_LIFETIME: Final = timedelta(days=30)
APPROVAL_LIFETIME: Final = timedelta(days=14)
MAX_OFFERS_PER_GROUP: Final = 50
ANNOUNCEMENT_DAYS: Final = 30
ANNOUNCEMENTS_SHOWN: Final = 20
ADVISED_ADMINS: Final = 2

_RIGHTS: Final = tuple(Role)


class Preset(StrEnum):
    """What a group was made for. It only says what the rules were at the beginning."""

    AFFINITY = "affinity"
    WORKING = "working"
    ALLIANCE = "alliance"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in a group.

    ``closed``: every change of membership is announced inside. ``history``: new members read
    what was written before. ``messages_h``: hours that messages are kept, None: as long as is
    usual here. ``invite_members``, ``invite_people``: the lowest role that may bring accounts
    that exist, and people who have none.
    """

    preset: Preset
    closed: bool
    history: bool
    messages_h: int | None
    invite_members: Role
    invite_people: Role


PRESETS: Final[Mapping[Preset, Rules]] = {
    Preset.AFFINITY: Rules(Preset.AFFINITY, True, False, _DAY_H, Role.ADMIN, Role.ADMIN),
    Preset.WORKING: Rules(Preset.WORKING, True, True, 28 * _DAY_H, Role.MEMBER, Role.ADMIN),
    Preset.ALLIANCE: Rules(
        Preset.ALLIANCE, True, True, 28 * _DAY_H, Role.FACILITATOR, Role.FACILITATOR
    ),
    Preset.PUBLIC: Rules(Preset.PUBLIC, False, True, 365 * _DAY_H, Role.MEMBER, Role.MEMBER),
}
GUESTS_SHARE: Final = frozenset({Preset.ALLIANCE})
"""In an alliance people of other groups come as guests, and show what they bring."""


class Act(StrEnum):
    """What needs a second admin."""

    DELETE = "delete"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Approval:
    """An act that waits for a second admin."""

    act: Act
    account_id: AccountId
    name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StoredMembership:
    """A row of a membership. ``reads_from`` None: everything that was written."""

    role: Role
    display: str
    reads_from: datetime | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change of membership as the group hears it.

    ``name`` and ``by_name`` are empty for accounts that are gone; ``by_name`` None: nobody of
    the group did it, but the people who run the server. ``own``: the person did it.
    """

    was: str
    now: str
    name: str
    by_name: str | None
    own: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A place in a group that a name was offered, as those who offered it see it."""

    id: int
    typed: str
    role: Role
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OfferShown:
    """A place in a group, as the person sees it who was offered it."""

    id: int
    group: Group
    role: Role
    ends_at: datetime


def rank(role: Role) -> int:
    """Return how much a role may, to compare two."""
    return _RIGHTS.index(role)


def allows(least: Role, role: Role) -> bool:
    """Return whether ``role`` is at least ``least``. Guests never bring others."""
    return role is not Role.GUEST and rank(role) >= rank(least)


def effective_h(rules: Rules | None, usual_h: int, longest_h: int) -> int:
    """Return for how many hours messages of a group are kept; ``rules`` None: of no group."""
    wanted = usual_h if rules is None or rules.messages_h is None else rules.messages_h
    return max(MIN_MESSAGES_H, min(wanted, longest_h))


def clean_hours(hours: int) -> int:
    """Return the hours for messages. Raises InvalidInput ``messages_h``."""
    if not MIN_MESSAGES_H <= hours <= MAX_MESSAGES_H:
        raise InvalidInput(
            "identity.number-out-of-range",
            field="messages_h",
            min=MIN_MESSAGES_H,
            max=MAX_MESSAGES_H,
        )
    return hours


def undo_payload(group_id: GroupId, account_id: AccountId, role: Role, until: datetime) -> bytes:
    """Return what is signed so that somebody who has just left can come back."""
    return f"{group_id} {account_id} {role.value} {int(until.timestamp())}".encode()


def read_undo(payload: bytes) -> tuple[GroupId, AccountId, Role, int]:
    """Return group, account, role and the last second of what ``undo_payload`` made."""
    group_id, account_id, role, until = payload.decode().split(" ")
    return GroupId(int(group_id)), AccountId(int(account_id)), Role(role), int(until)
