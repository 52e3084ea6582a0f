"""What may be done in a room or group, and which role or link may do it."""

from enum import StrEnum
from typing import Final

from allmende.core.groups import Role
from allmende.core.rooms import LinkRight


class Permission(StrEnum):
    """``system.verb``. Those of ``room`` and ``group`` belong to the core."""

    ROOM_SEE = "room.see"
    ROOM_ENTER = "room.enter"
    ROOM_FACILITATE = "room.facilitate"
    ROOM_MAKE = "room.make"
    ROOM_ADMINISTER = "room.administer"
    GROUP_SEE = "group.see"
    GROUP_INVITE = "group.invite"
    GROUP_ADMINISTER = "group.administer"
    CHAT_READ = "chat.read"
    CHAT_WRITE = "chat.write"
    CHAT_MODERATE = "chat.moderate"
    MEET_START = "meet.start"
    MEET_SPEAK = "meet.speak"
    MEET_SHARE = "meet.share"


_P = Permission
_GUEST: Final = frozenset({_P.ROOM_SEE, _P.ROOM_ENTER, _P.GROUP_SEE, _P.CHAT_READ, _P.CHAT_WRITE,
    _P.MEET_SPEAK})  # fmt: skip
_MEMBER: Final = _GUEST | {_P.MEET_START, _P.MEET_SHARE}
_FACILITATOR: Final = _MEMBER | {_P.ROOM_FACILITATE, _P.CHAT_MODERATE}
_ADMIN: Final = _FACILITATOR | {
    _P.ROOM_MAKE, _P.ROOM_ADMINISTER, _P.GROUP_INVITE, _P.GROUP_ADMINISTER
}  # fmt: skip

BY_ROLE: Final = {
    Role.GUEST: _GUEST,
    Role.MEMBER: _MEMBER,
    Role.FACILITATOR: _FACILITATOR,
    Role.ADMIN: _ADMIN,
}

_LISTEN: Final = frozenset({_P.ROOM_SEE, _P.ROOM_ENTER, _P.CHAT_READ})
_SPEAK: Final = _LISTEN | {_P.CHAT_WRITE, _P.MEET_SPEAK}

BY_LINK: Final = {
    LinkRight.LISTEN: _LISTEN,
    LinkRight.SPEAK: _SPEAK,
    LinkRight.FACILITATE: _SPEAK
    | {_P.ROOM_FACILITATE, _P.CHAT_MODERATE, _P.MEET_START, _P.MEET_SHARE},
}

GUESTS_SHARE: Final = frozenset({_P.MEET_SHARE})
"""Given besides to guests who may speak, where the room says so."""
