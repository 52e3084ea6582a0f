"""What all who are there will be told next of each other."""

from typing import Final

from allmende.systems.pads.model.pad import AuthorId

_FEW: Final = 10
_GATHER_S: Final = 0.25
"""When hundreds come at once, who is there is told four times a second, not for each."""


class News:
    """New clients, changed names, and that somebody came or went."""

    def __init__(self) -> None:
        self.due_s: float | None = None
        self._clients: set[int] = set()
        self._people: set[AuthorId] = set()
        self._is_presence_changed = False

    def came(self, client: int, author_id: AuthorId) -> None:
        """A client writes, or will write, as an author."""
        self._clients.add(client)
        self._people.add(author_id)

    def renamed(self, author_id: AuthorId) -> None:
        """An author has another name or colour."""
        self._people.add(author_id)

    def presence(self) -> None:
        """Somebody came or went."""
        self._is_presence_changed = True

    def soon(self, sessions: int, now_s: float) -> None:
        """Be told at once where few are there, else together with what comes."""
        if self.due_s is None:
            self.due_s = now_s if sessions <= _FEW else now_s + _GATHER_S

    def take(self) -> tuple[set[int], set[AuthorId], bool]:
        """Return clients, authors, and whether somebody came or went."""
        taken = self._clients, self._people, self._is_presence_changed
        self._clients, self._people, self._is_presence_changed = set(), set(), False
        self.due_s = None
        return taken
