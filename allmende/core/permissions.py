"""What may be done in a room, in a group or on the server, and which role or link may do it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from allmende.core.accounts import ServerRole
from allmende.core.groups import Role
from allmende.core.rooms import LinkRight


class Permission(StrEnum):
    """``system.verb``. Those of ``room`` and ``group`` belong to the core."""

    ROOM_SEE = "room.see"
    ROOM_ENTER = "room.enter"
    ROOM_FACILITATE = "room.facilitate"
    ROOM_MAKE = "room.make"
    ROOM_MAKE_TEMPORARY = "room.make_temporary"
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
    PADS_READ = "pads.read"
    PADS_EDIT = "pads.edit"
    PADS_MAKE = "pads.make"
    PADS_ADMINISTER = "pads.administer"
    VOICE_WHISPER = "voice.whisper"
    VOICE_LISTEN = "voice.listen"
    PLENUM_SEE = "plenum.see"
    PLENUM_FACILITATE = "plenum.facilitate"
    DESK_INVITE = "desk.invite"
    DESK_MODERATE = "desk.moderate"
    DESK_OPERATE = "desk.operate"


_P = Permission
_GUEST: Final = frozenset({_P.ROOM_SEE, _P.ROOM_ENTER, _P.GROUP_SEE, _P.CHAT_READ, _P.CHAT_WRITE,
    _P.MEET_SPEAK, _P.PADS_READ, _P.PADS_EDIT, _P.PLENUM_SEE})  # fmt: skip
_MEMBER: Final = _GUEST | {_P.MEET_START, _P.MEET_SHARE, _P.PADS_MAKE, _P.VOICE_WHISPER,
    _P.ROOM_MAKE_TEMPORARY}  # fmt: skip
_FACILITATOR: Final = _MEMBER | {_P.ROOM_FACILITATE, _P.CHAT_MODERATE, _P.PLENUM_FACILITATE}
_ADMIN: Final = _FACILITATOR | {
    _P.ROOM_MAKE, _P.ROOM_ADMINISTER, _P.GROUP_INVITE, _P.GROUP_ADMINISTER, _P.PADS_ADMINISTER
}  # fmt: skip

BY_ROLE: Final = {
    Role.GUEST: _GUEST,
    Role.MEMBER: _MEMBER,
    Role.FACILITATOR: _FACILITATOR,
    Role.ADMIN: _ADMIN,
}

_LISTEN: Final = frozenset({_P.ROOM_SEE, _P.ROOM_ENTER, _P.CHAT_READ, _P.PADS_READ,
    _P.PLENUM_SEE})  # fmt: skip
_SPEAK: Final = _LISTEN | {_P.CHAT_WRITE, _P.MEET_SPEAK, _P.PADS_EDIT}

_LEAD: Final = _SPEAK | {_P.ROOM_FACILITATE, _P.CHAT_MODERATE, _P.MEET_START, _P.MEET_SHARE,
    _P.PADS_MAKE, _P.PADS_ADMINISTER, _P.PLENUM_FACILITATE, _P.VOICE_WHISPER}  # fmt: skip

BY_LINK: Final = {
    LinkRight.LISTEN: _LISTEN,
    LinkRight.SPEAK: _SPEAK,
    LinkRight.FACILITATE: _LEAD,
}

GUESTS_SHARE: Final = frozenset({_P.MEET_SHARE})
"""Given besides to guests who may speak, where the room says so."""

MEMBERS_LISTEN: Final = frozenset({_P.VOICE_LISTEN})
"""Given besides to members where the voice of the room is set so: listening from other rooms."""

_INVITER: Final = frozenset({_P.DESK_INVITE})
_MODERATOR: Final = _INVITER | {_P.DESK_MODERATE}

BY_SERVER_ROLE: Final[Mapping[ServerRole, frozenset[Permission]]] = {
    ServerRole.NONE: frozenset(),
    ServerRole.INVITER: _INVITER,
    ServerRole.MODERATOR: _MODERATOR,
    ServerRole.OPERATOR: _MODERATOR | {_P.DESK_OPERATE},
}
"""``desk.invite``: inviting people to the server as often as is needed."""
