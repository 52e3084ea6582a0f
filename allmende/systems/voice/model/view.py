"""What a client has been told: channels and people; and how it comes to know of a change.

The order of messages is one that clients accept: channels come and change from above to below,
then people come and change, then people go, then channels go from below to above, empty.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from allmende.protocols.mumble.messages import (
    ChannelRemove,
    ChannelState,
    UserRemove,
    UserState,
)

HOME: Final = 0
INLINE_BYTES: Final = 128
"""A description or comment of so many bytes or more is told by its SHA-1; clients ask for it."""

NO_ACCOUNT: Final = 0xFFFFFFFF
"""How clients are told that somebody has no account any more."""

Change = ChannelState | ChannelRemove | UserState | UserRemove


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShown:
    """A channel. ``parent`` is None for channel 0 alone. ``max_users`` 0: no limit of its own."""

    parent: int | None
    name: str
    position: int = 0
    description: str = ""
    temporary: bool = False
    max_users: int = 0
    is_enter_restricted: bool = False
    can_enter: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UserShown:
    """Somebody. ``user_id`` None: no account. ``hash`` empty: they are recognised by nothing.

    ``texture``: SHA-1 of their picture, empty for none. ``listening``: channels that they hear
    from where they stand.
    """

    channel: int
    name: str
    user_id: int | None = None
    hash: str = ""
    mute: bool = False
    deaf: bool = False
    suppress: bool = False
    self_mute: bool = False
    self_deaf: bool = False
    priority_speaker: bool = False
    recording: bool = False
    comment: str = ""
    texture: bytes = b""
    listening: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """Channels by number and people by session. Channel 0 is in it, and every parent."""

    channels: Mapping[int, ChannelShown]
    users: Mapping[int, UserShown] = field(default_factory=dict)


NOTHING: Final = View(MappingProxyType({}))
"""What a client knows before its login."""

_FLAGS: Final = (
    "mute",
    "deaf",
    "suppress",
    "self_mute",
    "self_deaf",
    "priority_speaker",
    "recording",
)


def difference(old: View, new: View, first: int | None = None) -> Sequence[Change]:
    """Return what leads a client from one view to another; all of it for a login.

    ``first``: the session whose state comes before those of others (oneself, at the login).
    """
    return tuple(step.change() for step in steps(old, new, first))


@dataclass(frozen=True, slots=True)
class ChannelStep:
    """A channel comes (``old`` None) or changes."""

    number: int
    old: ChannelShown | None
    new: ChannelShown

    def change(self) -> Change:
        """Return what says so."""
        return _channel_change(self.number, self.old, self.new)


@dataclass(frozen=True, slots=True)
class UserStep:
    """Somebody comes (``old`` None) or changes."""

    number: int
    old: UserShown | None
    new: UserShown

    def change(self) -> Change:
        """Return what says so."""
        return _user_change(self.number, self.old, self.new)


@dataclass(frozen=True, slots=True)
class GoneStep:
    """Somebody, or a channel, is there no more."""

    said: ChannelRemove | UserRemove

    def change(self) -> Change:
        """Return what says so."""
        return self.said


Step = ChannelStep | UserStep | GoneStep


def steps(old: View, new: View, first: int | None = None) -> Iterator[Step]:
    """Yield what leads from one view to another, in the order in which it is told.

    Whatever is the same object in both costs next to nothing.
    """
    for number in from_above(new.channels):
        channel, before = new.channels[number], old.channels.get(number)
        if channel is not before and channel != before:
            yield ChannelStep(number, before, channel)
    told = old.users.get
    fresh = [session for session, user in new.users.items() if told(session) is not user]
    fresh.sort(key=lambda session: (session != first, session))
    for session in fresh:
        user, known = new.users[session], told(session)
        if user != known:
            yield UserStep(session, known, user)
    for session in sorted(old.users.keys() - new.users.keys()):
        yield GoneStep(UserRemove(session=session))
    for number in reversed(from_above(old.channels)):
        if number not in new.channels:
            yield GoneStep(ChannelRemove(channel_id=number))


def from_above(channels: Mapping[int, ChannelShown]) -> list[int]:
    """Return the numbers of channels, each one behind its parent."""
    below: dict[int | None, list[int]] = {}
    for number in sorted(channels):
        below.setdefault(channels[number].parent, []).append(number)
    ordered = list(below.get(None, ()))
    for number in ordered:
        ordered.extend(below.get(number, ()))
    return ordered


def _channel_change(number: int, old: ChannelShown | None, new: ChannelShown) -> ChannelState:
    said: dict[str, Any] = {}
    for name in ("parent", "name", "position", "temporary", "max_users"):
        value = getattr(new, name)
        if getattr(old, name, _UNTOLD[name]) != value:
            said[name] = value
    if (new.is_enter_restricted, new.can_enter) != (
        (False, True) if old is None else (old.is_enter_restricted, old.can_enter)
    ):
        said |= {"is_enter_restricted": new.is_enter_restricted, "can_enter": new.can_enter}
    if ("" if old is None else old.description) != new.description:
        said |= _told("description", new.description)
    return ChannelState(channel_id=number, **said)


_UNTOLD: Final[Mapping[str, object]] = {
    "parent": None,
    "name": None,
    "position": 0,
    "temporary": False,
    "max_users": 0,
}
"""What clients suppose of a channel that they are told nothing else of."""


def _user_change(session: int, old: UserShown | None, new: UserShown) -> UserState:
    said: dict[str, Any] = {
        name: getattr(new, name)
        for name in _FLAGS
        if getattr(old, name, False) != getattr(new, name)
    }
    if old is None or old.channel != new.channel:
        said["channel_id"] = new.channel
    if old is None or old.name != new.name:
        said["name"] = new.name
    if (None if old is None else old.user_id) != new.user_id:
        said["user_id"] = NO_ACCOUNT if new.user_id is None else new.user_id
    if ("" if old is None else old.hash) != new.hash:
        said["hash"] = new.hash
    if ("" if old is None else old.comment) != new.comment:
        said |= _told("comment", new.comment)
    said |= _sight_and_sound(old, new)
    return UserState(session=session, **said)


def _sight_and_sound(old: UserShown | None, new: UserShown) -> dict[str, object]:
    said: dict[str, object] = {}
    if (b"" if old is None else old.texture) != new.texture:
        said = {"texture_hash": new.texture} if new.texture else {"texture": b""}
    before = frozenset[int]() if old is None else old.listening
    if before != new.listening:
        said["listening_channel_add"] = tuple(sorted(new.listening - before))
        said["listening_channel_remove"] = tuple(sorted(before - new.listening))
    return said


def _told(name: str, text: str) -> Mapping[str, object]:
    raw = text.encode()
    if len(raw) < INLINE_BYTES:
        return {name: text}
    return {f"{name}_hash": hashlib.sha1(raw, usedforsecurity=False).digest()}
