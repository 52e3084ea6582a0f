"""What clients are told of others, as bytes: made once, however many are told it."""

from collections.abc import Collection
from operator import itemgetter
from typing import Final

from allmende.protocols.mumble.framing import frame
from allmende.systems.voice.model.view import (
    NOTHING,
    Step,
    UserShown,
    UserStep,
    View,
    steps,
)

MAX_WHOLE: Final = 64
"""Views of which all frames are kept for who comes next."""


class Frames:
    """Keeps what says that somebody is there: everybody who comes is told it."""

    def __init__(self) -> None:
        self._users: dict[int, tuple[UserShown, bytes]] = {}
        self._whole: dict[int, tuple[View, bytes, dict[int, bytes]]] = {}

    def between(self, old: View, new: View) -> bytes:
        """Return what leads a client from one view to another."""
        return b"".join(map(self._frame, steps(old, new)))

    def login(self, view: View, session: int) -> bytes:
        """Return all of a view for the client ``session``, itself before other people."""
        return b"".join(map(self._frame, steps(NOTHING, view, session)))

    def joined(self, view: View, session: int, user: UserShown) -> bytes:
        """Return the same of a view that others have as well; ``user`` may not be in it yet."""
        kept = self._whole.get(id(view))
        if kept is None:
            if len(self._whole) >= MAX_WHOLE:
                self._whole.clear()
            channels = b"".join(map(self._frame, steps(NOTHING, View(view.channels))))
            users = {each: self._user(each, shown) for each, shown in _ordered(view)}
            # The view is kept as well, so that no other one gets its id.
            kept = self._whole[id(view)] = view, channels, users
        _, channels, users = kept
        others = [frames for each, frames in users.items() if each != session]
        return b"".join((channels, self._user(session, user), *others))

    def forget(self, sessions: Collection[int]) -> None:
        """The views are new ones; keep only who is there."""
        self._whole.clear()
        for session in self._users.keys() - sessions:
            del self._users[session]

    def _frame(self, step: Step) -> bytes:
        if isinstance(step, UserStep) and step.old is None:
            return self._user(step.number, step.new)
        return frame(step.change())

    def _user(self, session: int, user: UserShown) -> bytes:
        kept = self._users.get(session)
        if kept is None or (kept[0] is not user and kept[0] != user):
            said = UserStep(session, None, user).change()
            kept = self._users[session] = user, frame(said)
        return kept[1]


def _ordered(view: View) -> list[tuple[int, UserShown]]:
    return sorted(view.users.items(), key=itemgetter(0))
