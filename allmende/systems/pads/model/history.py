"""What is kept of a pad's past: when a copy is made, what is merged (spec pads, P-17 and P-18)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from allmende.core.errors import InvalidInput
from allmende.systems.pads.model.pad import History

STATE_ROWS: Final = 500
STATE_BYTES: Final = 1_000_000
KEYFRAME_ROWS: Final = 1_000
EDITED_TOLD_EVERY: Final = timedelta(minutes=5)
MERGED_BY_MINUTE_AFTER: Final = timedelta(days=7)
MERGED_BY_HOUR_AFTER: Final = timedelta(days=30)
BEFORE_RESTORE: Final = "~before-restore"
"""The name of the copy that a restore makes first; pages show it in their own words."""

BEFORE_CONVERSION: Final = "~before-conversion"
"""The same of a change between rich and plain text. It is of an older generation."""

MAX_REVISION_CHARS: Final = 80
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def is_state_due(rows: int, size_bytes: int) -> bool:
    """Return whether so much was written since the last state that a new one is due."""
    return rows >= STATE_ROWS or size_bytes >= STATE_BYTES


@dataclass(frozen=True, slots=True)
class LastKeyframe:
    """Where and when the newest copy was made; ``at`` None: never."""

    seq: int = 0
    at: datetime | None = None

    def is_next_due(self, head_seq: int, now: datetime, history: History) -> bool:
        """Return whether a copy is due: 1,000 rows later, or on another day with edits."""
        if history is not History.FULL or head_seq <= self.seq:
            return False
        if head_seq - self.seq >= KEYFRAME_ROWS:
            return True
        return self.at is None or self.at.astimezone(UTC).date() != now.astimezone(UTC).date()


def clean_revision_name(name: str) -> str:
    """Return the name of a revision. Raises InvalidInput ``pads.revision-name-refused``."""
    clean = " ".join(name.split())
    refused = not 0 < len(clean) <= MAX_REVISION_CHARS or clean.startswith("~")
    if refused or not clean.isprintable():
        raise InvalidInput("pads.revision-name-refused", field="name", most=MAX_REVISION_CHARS)
    return clean


@dataclass(frozen=True, slots=True)
class Span:
    """Rows ``first`` to ``last`` that become one: ``rows`` of them, at least two."""

    first: int
    last: int
    rows: int


def spans_to_merge(
    marks: Iterable[tuple[int, datetime]], keyframes: Sequence[int], now: datetime
) -> Iterator[Span]:
    """Yield which of ``marks`` (number and time of rows, in order) are merged by now.

    Rows older than 7 days of the same minute, older than 30 days of the same hour. A keyframe at
    row n ends a span at n: what is merged never crosses it.
    """
    ends = sorted(set(keyframes))
    span: list[int] = []
    before: tuple[object, ...] | None = None
    passed = 0
    for seq, at in marks:
        while passed < len(ends) and ends[passed] < seq:
            passed += 1
        slot = _slot(at, now)
        bucket = None if slot is None else (*slot, passed)
        if bucket is None or bucket != before:
            yield from _span(span)
            span = []
        before = bucket
        if bucket is not None:
            span.append(seq)
    yield from _span(span)


def _span(seqs: Sequence[int]) -> Iterator[Span]:
    if len(seqs) > 1:
        yield Span(seqs[0], seqs[-1], len(seqs))


def _slot(at: datetime, now: datetime) -> tuple[int, int] | None:
    """Return the minute or hour that a row of this age shares with others, None: too young."""
    age, second = now - at, int(at.timestamp())
    if age > MERGED_BY_HOUR_AFTER:
        return _HOUR_S, second // _HOUR_S
    if age > MERGED_BY_MINUTE_AFTER:
        return _MINUTE_S, second // _MINUTE_S
    return None
