"""What is not on disk yet: the edits of each session since the last flush (spec pads, 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import AuthorId, PadSessionId


@dataclass(frozen=True, slots=True)
class UnsavedRow:
    """The merged edits of one session (None: the server) since the last flush."""

    session_id: PadSessionId | None
    author_id: AuthorId | None
    edits: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Unsaved:
    """One flush of one pad. ``state_vector``: what the document knows with these rows."""

    rows: Sequence[UnsavedRow]
    state_vector: bytes


@dataclass(slots=True)
class _Edits:
    session_id: PadSessionId | None
    author_id: AuthorId | None
    updates: list[bytes] = field(default_factory=list)


class Backlog:
    """Collects edits; one flush is under way at a time."""

    def __init__(self) -> None:
        self._edits: dict[tuple[PadSessionId | None, AuthorId | None], _Edits] = {}
        self._bytes = 0
        self._since_s: float | None = None
        self._again: list[UnsavedRow] = []
        self._again_since_s: float | None = None
        self._writing_bytes = 0
        self._writing_since_s: float | None = None

    def add(
        self,
        session_id: PadSessionId | None,
        author_id: AuthorId | None,
        update: bytes,
        now_s: float,
    ) -> None:
        """Add an edit."""
        key = session_id, author_id
        edits = self._edits.get(key)
        if edits is None:
            edits = self._edits[key] = _Edits(session_id, author_id)
        edits.updates.append(update)
        self._bytes += len(update)
        if self._since_s is None:
            self._since_s = now_s

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self._edits and not self._again

    @property
    def bytes(self) -> int:
        """All that is not on disk, with what is being written."""
        again = sum(len(row.payload) for row in self._again)
        return self._bytes + self._writing_bytes + again

    @property
    def since_s(self) -> float | None:
        """When the oldest edit came that is not on disk."""
        times = (self._since_s, self._again_since_s, self._writing_since_s)
        return min((at_s for at_s in times if at_s is not None), default=None)

    def take(self) -> Sequence[UnsavedRow]:
        """Return everything, what failed before first; it is being written from now on."""
        rows = self._again + [
            UnsavedRow(edits.session_id, edits.author_id, len(edits.updates), merged(edits.updates))
            for edits in self._edits.values()
        ]
        self._writing_since_s = self.since_s
        self._writing_bytes = sum(len(row.payload) for row in rows)
        self._edits, self._bytes, self._since_s = {}, 0, None
        self._again, self._again_since_s = [], None
        return rows

    def done(self) -> None:
        """What was taken is on disk."""
        self._writing_bytes, self._writing_since_s = 0, None

    def back(self, rows: Sequence[UnsavedRow]) -> None:
        """What was taken is not on disk; it comes again."""
        self._again = [*rows, *self._again]
        self._again_since_s = self._writing_since_s
        self.done()
