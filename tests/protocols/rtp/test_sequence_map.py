import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtp.sequence_map import (
    MAX_HOLE,
    MAX_SPANS,
    NOWHERE,
    WINDOW,
    OffsetMap,
    SequenceMap,
)

BASE = 70_000


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[int], set[int]]:
    """Up to 60 packets in nearly any order, some lost, some twice; and which are left out."""
    count = draw(st.integers(1, 60))
    came = [BASE] + [n for n in range(BASE + 1, BASE + count) if draw(st.integers(0, 9)) > 0]
    order = sorted(came, key=lambda n: n + (draw(st.integers(0, 6)) if n > BASE else 0))
    order += [draw(st.sampled_from(order)) for _ in range(draw(st.integers(0, 5)))]
    return order, draw(st.sets(st.sampled_from(came), max_size=count)) - {BASE}


@pytest.mark.slow
@given(arrivals(), st.integers(0, 32_767))
def test_the_map_is_what_brute_force_says(case: tuple[list[int], set[int]], first: int) -> None:
    order, left_out = case
    numbers = SequenceMap(first)
    numbers.begin(BASE)
    # Brute force: closed up over exactly those that were left out when they were the newest.
    closed: list[int] = []
    newest, used = BASE - 1, set()
    for number in order:
        if number in left_out:
            numbers.leave_out(number)
            if number > newest:
                closed.append(number)
            newest = max(newest, number)
            continue
        newest = max(newest, number)
        expected = first + number - BASE - sum(1 for c in closed if c < number)
        out = numbers.take(number)
        assert out == (NOWHERE if expected in used else expected)
        used.add(expected)


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-600, 1200)), max_size=120))
def test_no_number_is_given_twice_whatever_comes(steps: list[tuple[int, int]]) -> None:
    numbers = SequenceMap(5)
    numbers.begin(BASE)
    given_out: set[int] = set()
    newest = BASE
    for action, ahead in steps:
        number = max(0, newest + ahead)
        if action == 0:
            numbers.leave_out(number)
        elif action == 1:
            numbers.begin(number)
        else:
            out = numbers.take(number)
            assert out not in given_out
            if out != NOWHERE:
                given_out.add(out)
        newest = number


def test_a_switch_follows_directly() -> None:
    numbers = SequenceMap(100)
    numbers.begin(BASE)
    assert [numbers.take(BASE), numbers.take(BASE + 1)] == [100, 101]
    numbers.begin(9_000)
    assert numbers.take(9_000) == 102
    assert numbers.take(8_999) == NOWHERE


def test_a_long_gap_of_the_source_is_no_hole() -> None:
    numbers = SequenceMap(0)
    numbers.begin(BASE)
    assert numbers.take(BASE) == 0
    assert numbers.take(BASE + MAX_HOLE + 1) == 1
    numbers.leave_out(BASE + 3 * MAX_HOLE)
    assert numbers.take(BASE + 3 * MAX_HOLE + 1) == 2


def test_too_late_is_nowhere() -> None:
    numbers = SequenceMap(0)
    numbers.begin(BASE)
    assert numbers.take(BASE + WINDOW) == WINDOW
    assert numbers.take(BASE) == NOWHERE
    assert numbers.take(BASE + 1) == 1
    assert numbers.take(BASE + 1) == NOWHERE


def test_old_spans_are_forgotten() -> None:
    frames = OffsetMap()
    frames.begin(0, 0)
    for number in range(0, 4 * MAX_SPANS, 2):
        frames.place(number)
        frames.leave_out(number + 1)
    assert frames.place(0) == NOWHERE
    assert frames.place(4 * MAX_SPANS - 2) == 2 * MAX_SPANS - 1
    assert frames.place(4 * MAX_SPANS - 1) == NOWHERE


@given(st.lists(st.sampled_from(["take", "skip", "leave", "late"]), max_size=40), st.integers(1, 9))
def test_to_advance_is_to_take_one_by_one(story: list[str], count: int) -> None:
    one_by_one, at_once = SequenceMap(5), SequenceMap(5)
    number = BASE
    for numbers in (one_by_one, at_once):
        numbers.begin(BASE)
    for event in story:
        for numbers in (one_by_one, at_once):
            if event == "leave":
                numbers.leave_out(number)
            elif event == "late":
                numbers.take(number - 2)
            elif event == "take":
                numbers.take(number)
        number += event != "late"
    if at_once.in_step:
        following = at_once.next
        outs = [one_by_one.take(n) for n in range(following, following + count)]
        assert outs == [n + at_once.offset for n in range(following, following + count)]
        at_once.advance(count)
    for ahead in range(-20, 20):
        assert at_once.take(number + ahead) == one_by_one.take(number + ahead)


def test_what_was_advanced_over_is_used() -> None:
    numbers = SequenceMap(0)
    numbers.begin(BASE)
    numbers.advance(10 * WINDOW)
    assert numbers.highest == 10 * WINDOW - 1
    assert numbers.take(BASE + 10 * WINDOW - 1) == NOWHERE
    assert numbers.take(BASE + 9 * WINDOW + 1) == NOWHERE
    assert numbers.take(BASE + 10 * WINDOW) == 10 * WINDOW


def test_after_one_that_got_no_number_the_next_is_not_simply_the_next() -> None:
    numbers = SequenceMap(0)
    numbers.begin(BASE)
    assert numbers.in_step
    numbers.take(BASE)
    numbers.leave_out(BASE + 1)
    assert numbers.in_step
    assert (numbers.next + numbers.offset, numbers.highest) == (1, 0)
