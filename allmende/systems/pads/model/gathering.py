"""Edits are told together: what came within a tick goes out as one message (spec pads, P-8)."""

from typing import Final

from allmende.systems.pads.model.limits import GATHER_MOST_S, GATHER_S, LAG_S
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import PadSessionId

_LAG_REMEMBERED_S: Final = 5.0


class Gathering:
    """The edits that were not told yet, and when they will be."""

    def __init__(self) -> None:
        self.due_s: float | None = None
        self._updates: list[bytes] = []
        self._senders: set[PadSessionId | None] = set()
        self._lagged_until_s = 0.0

    def wait_s(self, sessions: int, now_s: float) -> float:
        """Return how long to gather with so many sessions."""
        if now_s < self._lagged_until_s:
            return GATHER_MOST_S
        return next((wait_s for most, wait_s in GATHER_S if sessions <= most), GATHER_MOST_S)

    def note_lag(self, lag_s: float, now_s: float) -> None:
        """Gather longer for a while after the event loop was late."""
        if lag_s > LAG_S:
            self._lagged_until_s = now_s + _LAG_REMEMBERED_S

    def add(self, sender: PadSessionId | None, update: bytes, due_s: float) -> None:
        """Add an edit that is to be told at ``due_s`` at the latest."""
        self._updates.append(update)
        self._senders.add(sender)
        if self.due_s is None:
            self.due_s = due_s

    def take(self) -> tuple[bytes, PadSessionId | None] | None:
        """Return everything as one update, and the sender if it was one alone."""
        if not self._updates:
            return None
        update = merged(self._updates)
        sole = next(iter(self._senders)) if len(self._senders) == 1 else None
        self._updates, self._senders, self.due_s = [], set(), None
        return update, sole
