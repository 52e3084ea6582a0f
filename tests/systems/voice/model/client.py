"""A client of Mumble, as strict as the strictest: whatever it is told must make sense."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from allmende.protocols.mumble.messages import (
    ChannelRemove,
    ChannelState,
    UserRemove,
    UserState,
)
from allmende.systems.voice.model.view import (
    HOME,
    NO_ACCOUNT,
    Change,
    ChannelShown,
    UserShown,
    View,
)


class Confused(AssertionError):
    """The client was told what cannot be."""


def require(truth: bool, why: str) -> None:
    if not truth:
        raise Confused(why)


class Client:
    """Knows channels and people by what it was told only. Long texts stay hashes."""

    def __init__(self) -> None:
        self.channels: dict[int, ChannelShown] = {}
        self.users: dict[int, UserShown] = {}

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case ChannelState():
                    self._channel(change)
                case UserState():
                    self._user(change)
                case UserRemove(session=session):
                    require(session in self.users, "somebody goes who never came")
                    require(change.actor is None, "somebody is said to have done that")
                    del self.users[session]
                case ChannelRemove(channel_id=number):
                    self._remove(number)

    def _channel(self, state: ChannelState) -> None:
        number = state.channel_id
        require(number is not None and 0 <= number < 1 << 31, "no number, or none that fits")
        assert number is not None
        said = told(state, ChannelShown)
        if number not in self.channels:
            require(state.name is not None, "a channel without a name")
            require((number == HOME) == (state.parent is None), "home alone has no parent")
            said.setdefault("parent", None)
        if state.parent is not None:
            require(state.parent in self.channels, "a parent that is not there")
            require(not self._is_above(number, state.parent), "a channel below itself")
        if number in self.channels:
            self.channels[number] = replace(self.channels[number], **said)
        else:
            self.channels[number] = ChannelShown(**said)

    def _is_above(self, number: int, other: int | None) -> bool:
        while other is not None:
            if other == number:
                return True
            other = self.channels[other].parent
        return False

    def _user(self, state: UserState) -> None:
        session = state.session
        require(session is not None, "nobody")
        assert session is not None
        said = told(state, UserShown)
        if state.channel_id is not None:
            require(state.channel_id in self.channels, "stands in a channel that is not there")
            said["channel"] = state.channel_id
        if state.user_id == NO_ACCOUNT:
            said["user_id"] = None
        begun, ended = state.listening_channel_add, state.listening_channel_remove
        require(set(begun) <= self.channels.keys(), "listens to a channel that is not there")
        before = self.users[session].listening if session in self.users else frozenset()
        require(set(ended) <= before, "ends what was not begun")
        said["listening"] = before - set(ended) | set(begun)
        if session in self.users:
            self.users[session] = replace(self.users[session], **said)
        else:
            require({"name", "channel"} <= said.keys(), "somebody without name or place")
            self.users[session] = UserShown(**said)

    def _remove(self, number: int) -> None:
        require(number != HOME, "home goes")
        require(number in self.channels, "a channel goes that never came")
        inside = [user for user in self.users.values() if user.channel == number]
        below = [channel for channel in self.channels.values() if channel.parent == number]
        require(not inside and not below, "a channel goes that is not empty")
        del self.channels[number]

    @property
    def view(self) -> View:
        return View(self.channels, self.users)


def told(state: ChannelState | UserState, shown: type[Any]) -> dict[str, Any]:
    """Return what is said of the fields that ``shown`` has, too."""
    names = {field.name for field in fields(shown)} & {field.name for field in fields(state)}
    values = {name: getattr(state, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
