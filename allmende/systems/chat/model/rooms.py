"""Rooms of many: who may enter, speak and decide there. Pure; XEP-0045, 5."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Final

import msgspec

from allmende.core.ids import AccountId, MessageId, RoomId
from allmende.identity.model.names import skeleton
from allmende.protocols.precis import nickname

MAX_TITLE_CHARS: Final = 100
MAX_ABOUT_CHARS: Final = 1000
MAX_SUBJECT_CHARS: Final = 1000
MAX_PASSWORD_CHARS: Final = 100
MAX_NAME_CHARS: Final = 100
MAX_AFFILIATED: Final = 2000
MAX_OCCUPANTS: Final = 10_000
ROOMS_A_DAY: Final = 5
KEPT_FOR: Final = timedelta(days=28)
SAME_FOR: Final = timedelta(hours=24)
"""How long the same message of the same person is kept once."""

_UID_PREFIX: Final = "00000000-0000-7000-8"


class Affiliation(StrEnum):
    """What somebody is in a room for long."""

    OUTCAST = "outcast"
    NONE = "none"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


class Role(StrEnum):
    """What somebody may do while they are there."""

    NONE = "none"
    VISITOR = "visitor"
    PARTICIPANT = "participant"
    MODERATOR = "moderator"


_RANK: Final = {one: rank for rank, one in enumerate(Affiliation)}
_ROLE_RANK: Final = {one: rank for rank, one in enumerate(Role)}
_LED: Final = frozenset((Affiliation.OUTCAST, Affiliation.NONE, Affiliation.MEMBER))
"""What an admin gives and takes."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a room is. ``listed``: found by everybody. ``anonymous``: addresses are for moderators.

    ``private_messages``: the least role that may send them, ``none`` for nobody. ``shown``: roles
    whose presence is told to others. ``most``: of people there; ``slow_s``: between two messages
    of one person, 0 for as fast as they like.
    """

    title: str = ""
    about: str = ""
    lang: str = ""
    listed: bool = True
    persistent: bool = False
    members_only: bool = False
    moderated: bool = False
    password: str = ""
    anonymous: bool = True
    members_invite: bool = True
    all_set_subject: bool = False
    private_messages: Role = Role.VISITOR
    shown: frozenset[Role] = frozenset((Role.VISITOR, Role.PARTICIPANT, Role.MODERATOR))
    members_list: frozenset[Role] = frozenset((Role.PARTICIPANT, Role.MODERATOR))
    most: int = MAX_OCCUPANTS
    slow_s: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """What a room talks about, and who said so."""

    text: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in a room, and the name that is kept for them."""

    affiliation: Affiliation
    nick: str = ""


STRANGER: Final = Standing(Affiliation.NONE)


@dataclass(frozen=True, slots=True)
class Room:
    """One room. ``number``: of its row; ``of_group``: it belongs to a group, which decides."""

    number: int
    name: str
    config: Config
    secret: bytes
    subject: Subject = Subject()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    of_group: RoomId | None = None

    def standing(self, address: str) -> Standing:
        """Return what a bare address is here."""
        return self.standings.get(address, STRANGER)

    def with_standing(self, address: str, standing: Standing) -> "Room":
        """Return it where somebody is something else."""
        standings = dict(self.standings)
        standings.pop(address, None)
        if standing != STRANGER:
            standings[address] = standing
        return replace(self, standings=standings)

    def addresses(self, affiliation: Affiliation) -> list[str]:
        """Return who is this, sorted."""
        return sorted(
            address for address, one in self.standings.items() if one.affiliation is affiliation
        )

    def holder(self, key: str) -> str:
        """Return for whom a name (its `nick_key`) is kept, "" for nobody."""
        for address, one in self.standings.items():
            if one.nick and nick_key(one.nick) == key:
                return address
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One message of a room that is to be kept.

    ``occupant``: the id of its author there, "" for the room itself. ``origin``: what makes it the
    same when it comes again. ``erases``: the uid of a message in whose place ``grave`` comes.
    """

    room: int
    uid: str
    account_id: AccountId | None
    occupant: str
    origin: bytes | None
    content: bytes
    sent_at: datetime
    ends_at: datetime
    erases: str = ""
    grave: bytes = b""


class Entry(Enum):
    """Whether somebody may come in."""

    OPEN = auto()
    BANNED = auto()
    MEMBERS_ONLY = auto()
    PASSWORD = auto()
    FULL = auto()


def entry(room: Room, address: str, password: str, here: int) -> Entry:
    """Return whether somebody may come in while ``here`` people are there."""
    affiliation, config = room.standing(address).affiliation, room.config
    if affiliation is Affiliation.OUTCAST:
        return Entry.BANNED
    if config.members_only and affiliation is Affiliation.NONE:
        return Entry.MEMBERS_ONLY
    if leads(affiliation):
        return Entry.OPEN
    if config.password and password != config.password:
        return Entry.PASSWORD
    return Entry.OPEN if here < config.most else Entry.FULL


def leads(affiliation: Affiliation) -> bool:
    """Whether somebody is an owner or an admin."""
    return _RANK[affiliation] >= _RANK[Affiliation.ADMIN]


def belongs(affiliation: Affiliation) -> bool:
    """Whether somebody is a member, or more."""
    return _RANK[affiliation] >= _RANK[Affiliation.MEMBER]


def role_of(config: Config, affiliation: Affiliation) -> Role:
    """Return what somebody is who comes in."""
    if leads(affiliation):
        return Role.MODERATOR
    if affiliation is Affiliation.OUTCAST:
        return Role.NONE
    if affiliation is Affiliation.NONE and config.moderated:
        return Role.VISITOR
    return Role.PARTICIPANT


def at_least(role: Role, least: Role) -> bool:
    """Whether ``role`` may do what ``least`` may. Nobody may what needs ``none``."""
    return least is not Role.NONE and _ROLE_RANK[role] >= _ROLE_RANK[least]


def may_affiliate(actor: Affiliation, was: Affiliation, now: Affiliation) -> bool:
    """Whether ``actor`` may make somebody who ``was`` something into what they are ``now``."""
    if actor is Affiliation.OWNER:
        return True
    return actor is Affiliation.ADMIN and was in _LED and now in _LED


def may_give_role(
    actor: tuple[Affiliation, Role], whose: Affiliation, was: Role, now: Role
) -> bool:
    """Whether ``actor`` may give a role to somebody there; ``none`` puts them out."""
    affiliation, role = actor
    if role is not Role.MODERATOR:
        return False
    if Role.MODERATOR in (was, now) and not leads(affiliation):
        return False
    if leads(whose):
        return now is Role.MODERATOR or _RANK[affiliation] > _RANK[whose]
    return True


def leaves_no_owner(room: Room, changed: Mapping[str, Affiliation]) -> bool:
    """Whether nobody would own the room after these changes."""
    owners = {address for address, one in room.standings.items()
              if one.affiliation is Affiliation.OWNER}  # fmt: skip
    for address, affiliation in changed.items():
        owners.discard(address)
        if affiliation is Affiliation.OWNER:
            owners.add(address)
    return not owners


def nick_key(nick: str) -> str:
    """Return how a name is compared: none that looks like it is another. Raises ValueError."""
    return skeleton(nickname(nick))


def number_uid(number: MessageId) -> str:
    """Return the uid of a message in the room of a group, which has a number only."""
    digits = f"{number:015x}{0:01x}"
    return f"{_UID_PREFIX}{digits[:3]}-{digits[3:15]}"


def uid_number(uid: str) -> MessageId | None:
    """Return the number in such a uid, None in others."""
    if len(uid) != len(_UID_PREFIX) + 16 or not uid.startswith(_UID_PREFIX):
        return None
    digits = uid[len(_UID_PREFIX) :].replace("-", "")
    try:
        number = MessageId(int(digits, 16))
    except ValueError:
        return None
    return number if number_uid(number) == uid else None
