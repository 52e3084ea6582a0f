"""A change of membership in words, the same in the chat and on the page of the group (S12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from allmende.core.groups import Role
from allmende.identity.model.labels import Sentence

_NOW: Final = {
    Role.GUEST: "chat.now-guest",
    Role.MEMBER: "chat.now-member",
    Role.FACILITATOR: "chat.now-facilitator",
    Role.ADMIN: "chat.now-admin",
}
_SOMEBODY_NOW: Final = {
    Role.GUEST: "chat.somebody-now-guest",
    Role.MEMBER: "chat.somebody-now-member",
    Role.FACILITATOR: "chat.somebody-now-facilitator",
    Role.ADMIN: "chat.somebody-now-admin",
}


@dataclass(frozen=True, slots=True)
class Change:
    """Roles before and after, empty outside; ``own``: by the person, ``by_server``: by nobody
    of the group. All empty: the group was restored from a backup.
    """

    was: str = ""
    now: str = ""
    own: bool = False
    by_server: bool = False

    def coded(self) -> str:
        """Return it as the chat keeps it: no name in it."""
        how = "own" if self.own else "server" if self.by_server else "other"
        return f"{self.was}:{self.now}:{how}"


def read_change(coded: str) -> Change:
    """Return what ``coded`` made."""
    was, now, how = coded.split(":")
    return Change(was, now, how == "own", how == "server")


def sentences_of(change: Change, name: str) -> Sequence[Sentence]:
    """Return the sentences as message ids with values; ``name`` empty: not for these eyes."""
    if not change.was and not change.now:
        return (("chat.group-restored", {}),)
    if change.now and not change.was:
        first = _named("chat.joined", "chat.somebody-joined", name)
    elif change.now:
        role = Role(change.now)
        first = _named(_NOW[role], _SOMEBODY_NOW[role], name)
    elif change.own:
        first = _named("chat.left", "chat.somebody-left", name)
    else:
        first = _named("chat.removed", "chat.somebody-removed", name)
    return (first, ("chat.by-server", {})) if change.by_server else (first,)


def _named(known: str, unknown: str, name: str) -> Sentence:
    return (known, {"name": name}) if name else (unknown, {})
