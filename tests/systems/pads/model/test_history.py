"""When a copy is made, and which rows become one."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.systems.pads.model.history import (
    KEYFRAME_ROWS,
    MAX_REVISION_CHARS,
    STATE_BYTES,
    STATE_ROWS,
    LastKeyframe,
    Span,
    clean_revision_name,
    is_state_due,
    spans_to_merge,
)
from allmende.systems.pads.model.pad import History

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FULL = History.FULL


@pytest.mark.parametrize(
    ("rows", "size", "due"),
    [
        (STATE_ROWS - 1, STATE_BYTES - 1, False),
        (STATE_ROWS, 0, True),
        (0, STATE_BYTES, True),
    ],
)
def test_a_state_is_due_after_many_rows_or_bytes(rows: int, size: int, due: bool) -> None:
    assert is_state_due(rows, size) is due


@pytest.mark.parametrize(
    ("last", "head", "history", "due"),
    [
        (LastKeyframe(), 1, FULL, True),
        (LastKeyframe(), 0, FULL, False),
        (LastKeyframe(5, NOW), 5, FULL, False),
        (LastKeyframe(5, NOW), 6, FULL, False),
        (LastKeyframe(5, NOW), 5 + KEYFRAME_ROWS, FULL, True),
        (LastKeyframe(5, NOW - timedelta(days=1)), 6, FULL, True),
        (LastKeyframe(5, NOW - timedelta(days=1)), 5, FULL, False),
        (LastKeyframe(), 5000, History.NAMED, False),
        (LastKeyframe(), 5000, History.NONE, False),
    ],
)
def test_a_copy_is_due_after_a_thousand_rows_or_on_another_day(
    last: LastKeyframe, head: int, history: History, due: bool
) -> None:
    assert last.is_next_due(head, NOW, history) is due


def test_the_name_of_a_revision_is_one_line() -> None:
    assert clean_revision_name("  vor \n dem  Plenum ") == "vor dem Plenum"
    for refused in ("", " ", "~before-restore", "x" * (MAX_REVISION_CHARS + 1), "a\u202eb"):
        with pytest.raises(InvalidInput):
            clean_revision_name(refused)


def at(days: float, **more: float) -> datetime:
    return NOW - timedelta(days=days, **more)


@pytest.mark.parametrize(
    ("marks", "keyframes", "spans"),
    [
        ([(1, at(1)), (2, at(1))], [], []),
        ([(1, at(8)), (2, at(8))], [], [Span(1, 2, 2)]),
        ([(1, at(8)), (2, at(8) + timedelta(minutes=1))], [], []),
        ([(1, at(40)), (2, at(40) + timedelta(minutes=59))], [], [Span(1, 2, 2)]),
        ([(1, at(40)), (2, at(40) + timedelta(minutes=60))], [], []),
        ([(1, at(8)), (2, at(8)), (3, at(8))], [1], [Span(2, 3, 2)]),
        ([(1, at(8)), (2, at(8)), (3, at(8))], [2], [Span(1, 2, 2)]),
        ([(1, at(8)), (2, at(8)), (3, at(8))], [3, 1, 2], []),
        ([(1, at(8)), (2, at(8)), (5, at(1))], [], [Span(1, 2, 2)]),
    ],
)
def test_old_rows_of_a_minute_or_an_hour_become_one(
    marks: list[tuple[int, datetime]], keyframes: list[int], spans: list[Span]
) -> None:
    assert list(spans_to_merge(marks, keyframes, NOW)) == spans


@given(
    gaps=st.lists(st.integers(0, 7200), min_size=1, max_size=60),
    keyframes=st.sets(st.integers(1, 60)),
    age_d=st.integers(0, 60),
)
def test_no_span_ever_crosses_a_copy(gaps: list[int], keyframes: set[int], age_d: int) -> None:
    marks, when = [], NOW - timedelta(days=age_d)
    for seq, gap_s in enumerate(gaps, 1):
        when = min(when + timedelta(seconds=gap_s), NOW)
        marks.append((seq, when))
    spans = list(spans_to_merge(marks, sorted(keyframes), NOW))
    for span in spans:
        assert not any(span.first <= keyframe < span.last for keyframe in keyframes)
        assert span.rows == span.last - span.first + 1 >= 2
    assert all(a.last < b.first for a, b in itertools.pairwise(spans))
