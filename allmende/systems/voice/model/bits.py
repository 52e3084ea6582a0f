"""Permissions as Mumble's clients know them: a projection, the core decides."""

from collections.abc import Iterable, Set
from enum import IntFlag
from typing import Final

from allmende.core.permissions import Permission


class Bit(IntFlag):
    """What may be done in a channel; the menus of clients go by it."""

    NONE = 0
    WRITE = 0x1
    TRAVERSE = 0x2
    ENTER = 0x4
    SPEAK = 0x8
    MUTE_DEAFEN = 0x10
    MOVE = 0x20
    MAKE_CHANNEL = 0x40
    LINK_CHANNEL = 0x80
    WHISPER = 0x100
    TEXT_MESSAGE = 0x200
    MAKE_TEMP_CHANNEL = 0x400
    LISTEN = 0x800
    KICK = 0x10000
    BAN = 0x20000
    REGISTER = 0x40000
    SELF_REGISTER = 0x80000
    RESET_USER_CONTENT = 0x100000


NEVER: Final = Bit.WRITE | Bit.LINK_CHANNEL | Bit.REGISTER
"""Sent to nobody: WRITE implies all the rest in clients."""

HOME_ALWAYS: Final = Bit.TRAVERSE | Bit.ENTER

_FACILITATION: Final = Bit.MUTE_DEAFEN | Bit.MOVE
_MAKING: Final = {
    Permission.ROOM_MAKE_TEMPORARY: Bit.MAKE_TEMP_CHANNEL,
    Permission.ROOM_MAKE: Bit.MAKE_CHANNEL,
}
_IN_ROOM: Final = {
    Permission.ROOM_SEE: Bit.TRAVERSE,
    Permission.ROOM_ENTER: Bit.ENTER,
    Permission.MEET_SPEAK: Bit.SPEAK,
    Permission.VOICE_WHISPER: Bit.WHISPER,
    Permission.VOICE_LISTEN: Bit.LISTEN,
    Permission.CHAT_WRITE: Bit.TEXT_MESSAGE,
    Permission.ROOM_FACILITATE: _FACILITATION,
    **_MAKING,
}
_MODERATION: Final = Bit.KICK | Bit.BAN | Bit.RESET_USER_CONTENT


def room_bits(
    rights: Set[Permission],
    *,
    silenced: bool = False,
    in_turn: bool = False,
    facilitates: bool = False,
) -> Bit:
    """Return what somebody may do in a room.

    ``silenced``: the room is moderated and the floor is not theirs. ``in_turn``: people speak by
    a list there, so nobody whispers but who facilitates. ``facilitates``: for the time being,
    without the right.
    """
    bits = _sum(_IN_ROOM[right] for right in rights if right in _IN_ROOM)
    if Bit.TRAVERSE not in bits:
        return Bit.NONE
    if facilitates:
        bits |= _FACILITATION
    if silenced:
        bits &= ~Bit.SPEAK
    if in_turn and Bit.MUTE_DEAFEN not in bits:
        bits &= ~Bit.WHISPER
    return bits


def group_bits(rights: Set[Permission]) -> Bit:
    """Return what somebody may do in the channel of a group; nobody stands there."""
    return Bit.TRAVERSE | _sum(bit for right, bit in _MAKING.items() if right in rights)


def home_bits(elsewhere: Iterable[Bit], server: Set[Permission], *, may_register: bool) -> Bit:
    """Return what somebody may do in channel 0: whatever they may do anywhere.

    Clients offer some things, such as to kick, by these bits only; the server goes by the room of
    whom it is about. ``may_register``: an account with a certificate that is not bound to it.
    """
    bits = HOME_ALWAYS | _sum(elsewhere)
    if Bit.MUTE_DEAFEN in bits:
        bits |= Bit.KICK
    if Permission.DESK_MODERATE in server:
        bits |= _MODERATION
    if may_register:
        bits |= Bit.SELF_REGISTER
    return bits & ~NEVER


def _sum(bits: Iterable[Bit]) -> Bit:
    found = Bit.NONE
    for bit in bits:
        found |= bit
    return found
