"""The life of an assembly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import AllmendeError, Conflict
from allmende.core.ids import AssemblyId, ItemId, PadId, RoomId
from allmende.systems.plenum.model.agenda import Add, Begin, NewItem, Next, Over, Park
from allmende.systems.plenum.model.assembly import (
    FREEZE,
    REOPEN,
    Assembly,
    AssemblyState,
    Close,
    Closed,
    Event,
    Language,
    MinutesPad,
    Open,
    Pause,
    Paused,
    Reopen,
    Resume,
    Resumed,
    Start,
    step,
)
from allmende.systems.plenum.model.moment import Moment

BEGIN = datetime(2026, 11, 23, 18, tzinfo=UTC)
PAD = MinutesPad(id=PadId(3), path="/r/x/pads/m", name="m")
NEW = Assembly(
    id=AssemblyId(7),
    room_id=RoomId(1),
    title="Plenum",
    language=Language.DE,
    state=AssemblyState.PLANNED,
    planned_at=BEGIN,
)
AGENDA = Add([NewItem(title="one"), NewItem(title="two")])


def at(minutes: float) -> Moment:
    return Moment(BEGIN + timedelta(minutes=minutes), int(minutes * 60_000))


def after(*events: Event, start: Assembly = NEW, minute: float = 0) -> Assembly:
    for event in events:
        start, _ = step(start, event, at(minute))
    return start


RUNNING = after(AGENDA, Open(PAD), Start(), Next())


def test_the_way_from_a_plan_to_the_end() -> None:
    opened = after(Open(PAD))
    assert (opened.state, opened.opened_at, opened.pad) == (AssemblyState.OPEN, BEGIN, PAD)
    assert RUNNING.state is AssemblyState.RUNNING
    closed, happened = step(RUNNING, Close(attended=9), at(20))
    assert [type(one) for one in happened] == [Over, Closed]
    assert (closed.closed_at, closed.attended) == (at(20).at, 9)
    assert closed.freeze_at == at(20).at + FREEZE
    assert closed.agenda.items[0].elapsed_ms == 20 * 60_000


def test_a_break_stops_the_time_and_closing_ends_it() -> None:
    paused, happened = step(RUNNING, Pause(), at(5))
    assert happened == (Paused(),)
    assert paused.agenda.items[0].elapsed(at(15).ms) == 5 * 60_000
    closed, happened = step(paused, Close(), at(15))
    assert [type(one) for one in happened] == [Resumed, Over, Closed]
    assert closed.paused_at is None
    again, happened = step(paused, Resume(), at(15))
    assert happened == (Resumed(at(5).at),)
    assert again.agenda.items[0].elapsed(at(16).ms) == 6 * 60_000


@pytest.mark.parametrize(
    ("start", "event"),
    [
        (after(Open()), Open()),
        (RUNNING, Start()),
        (RUNNING, Open()),
        (after(Pause(), start=RUNNING), Pause()),
        (after(Pause(), start=RUNNING), Start()),
        (RUNNING, Resume()),
        (after(Close(), start=RUNNING), Close()),
        (RUNNING, Reopen()),
    ],
)
def test_what_is_so_already_changes_nothing(start: Assembly, event: Event) -> None:
    assert step(start, event, at(1)) == (start, ())


@pytest.mark.parametrize(
    ("start", "event", "message_id"),
    [
        (NEW, Start(), "plenum.not-open"),
        (NEW, Close(), "plenum.not-open"),
        (NEW, Reopen(), "plenum.not-open"),
        (NEW, Pause(), "plenum.not-started"),
        (NEW, Resume(), "plenum.not-paused"),
        (after(AGENDA, Open()), Next(), "plenum.not-started"),
        (after(Pause(), start=RUNNING), Next(), "plenum.is-paused"),
        (after(Close(), start=RUNNING), AGENDA, "plenum.is-closed"),
        (after(Close(), start=RUNNING), Open(), "plenum.is-closed"),
        (after(Close(), start=RUNNING), Start(), "plenum.is-closed"),
    ],
)
def test_what_the_state_does_not_allow_is_refused(
    start: Assembly, event: Event, message_id: str
) -> None:
    with pytest.raises(Conflict) as refused:
        step(start, event, at(1))
    assert refused.value.message_id == message_id


def test_within_an_hour_it_goes_on_and_then_not_any_more() -> None:
    closed = after(Close(), start=after(Park(ItemId(2)), start=RUNNING), minute=20)
    hour = REOPEN.total_seconds() / 60
    assert closed.may_reopen(at(20 + hour).at)
    again = after(Reopen(), start=closed, minute=20 + hour)
    assert (again.state, again.closed_at, again.freeze_at) == (AssemblyState.RUNNING, None, None)
    with pytest.raises(Conflict, match="closed-too-long"):
        after(Reopen(), start=closed, minute=20 + hour + 0.1)
    _, happened = step(again, Close(), at(90))
    assert happened == (Closed(parked=()),)


def test_the_expected_end_moves_with_breaks_and_overtime() -> None:
    assert RUNNING.expected_end(at(4)) == at(20).at
    assert RUNNING.expected_end(at(14)) == at(24).at
    assert after(Pause(), start=RUNNING, minute=4).expected_end(at(9)) == at(25).at
    assert NEW.expected_end(at(0)) is None
    assert after(Close(), start=RUNNING).expected_end(at(0)) is None


def test_without_a_pad_nothing_is_frozen_and_the_highest_count_stays() -> None:
    start = replace(after(Open()), attended=5)
    closed = after(Close(attended=3), start=start)
    assert (closed.freeze_at, closed.attended) == (None, 5)


EVENTS = st.sampled_from(
    [Open(PAD), Start(), Pause(), Resume(), Close(2), Reopen(), Next(), Begin(ItemId(2)), AGENDA]
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 40))))
def test_time_counts_only_while_it_runs(happens: list[tuple[Event, int]]) -> None:
    assembly, minute = NEW, 0
    for event, passed in happens:
        before = sum(item.elapsed(at(minute).ms) for item in assembly.agenda.items)
        runs = assembly.state is AssemblyState.RUNNING and assembly.agenda.running() is not None
        minute += passed
        spent = sum(item.elapsed(at(minute).ms) for item in assembly.agenda.items) - before
        assert spent == (passed * 60_000 if runs else 0)
        try:
            assembly, _ = step(assembly, event, at(minute))
        except AllmendeError:
            continue
        assert assembly.is_over is (assembly.closed_at is not None)
        assert (assembly.paused_at is not None) is (assembly.state is AssemblyState.PAUSED)
