"""The agenda as a pure rule: tables, and anything that people may press in any order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import AllmendeError, Conflict, InvalidInput, NotFound, QuotaExceeded
from allmende.core.ids import ItemId
from allmende.systems.plenum.model.agenda import (
    MAX_ITEMS,
    MAX_MINUTES,
    Add,
    Agenda,
    AgendaEvent,
    Began,
    Begin,
    Change,
    Edited,
    End,
    Extend,
    ItemKind,
    ItemState,
    Move,
    NewItem,
    Next,
    Over,
    Park,
    Remove,
    item_kind,
    new_item,
    paused,
    planned_minutes,
    resumed,
    step,
)
from allmende.systems.plenum.model.moment import Moment
from allmende.systems.plenum.model.texts import (
    MAX_NOTE_CHARS,
    MAX_PRESENTER_CHARS,
    MAX_TITLE_CHARS,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONE, TWO, THREE = (ItemId(number) for number in (1, 2, 3))


def at(minutes: float) -> Moment:
    return Moment(NOON, int(minutes * 60_000))


def after(*events: AgendaEvent, start: Agenda | None = None, minute: float = 0) -> Agenda:
    agenda = start or three()
    for event in events:
        agenda, _ = step(agenda, event, at(minute))
    return agenda


def three() -> Agenda:
    items = [NewItem(title=title) for title in ("one", "two", "three")]
    return step(Agenda(), Add(items), at(0))[0]


def states(agenda: Agenda) -> str:
    return " ".join(item.state for item in agenda.items)


def test_items_are_numbered_and_numbers_are_never_used_twice() -> None:
    agenda = after(Remove(THREE), Add([NewItem(title="four")]))
    assert [item.id for item in agenda.items] == [1, 2, 4]


def test_next_goes_down_the_list_and_ends_what_ran() -> None:
    agenda, happened = step(three(), Next(), at(0))
    assert states(agenda) == "running waiting waiting"
    assert [type(one) for one in happened] == [Began]
    agenda, happened = step(agenda, Next(ONE, seen=True), at(5))
    assert states(agenda) == "done running waiting"
    assert [type(one) for one in happened] == [Over, Began]
    assert agenda.items[0].elapsed_ms == 5 * 60_000


def test_two_who_press_next_at_once_mean_the_same() -> None:
    agenda = after(Next(ONE, seen=True), start=after(Begin(ONE), Next(ONE, seen=True)))
    assert states(agenda) == "done running waiting"
    agenda = after(Next(None, seen=True), Next(None, seen=True))
    assert states(agenda) == "running waiting waiting"
    assert after(End(ONE), start=agenda) == after(End(ONE), End(ONE), start=agenda)


def test_next_comes_back_to_what_was_left_out_and_ends_the_last() -> None:
    agenda = after(Begin(THREE), Next())
    assert states(agenda) == "running waiting done"
    agenda = after(Next(), Next(), start=agenda)
    assert states(agenda) == "done done done"
    with pytest.raises(Conflict, match="nothing-left"):
        after(Next(), start=agenda)


def test_an_item_goes_on_where_it_stopped() -> None:
    agenda = after(End(), start=after(Begin(ONE)), minute=4)
    agenda = after(Begin(ONE), start=agenda, minute=10)
    item = agenda.items[0]
    assert (item.starts, item.ended_at) == (2, None)
    assert item.elapsed(at(11).ms) == 5 * 60_000


def test_breaks_do_not_count() -> None:
    agenda = after(Begin(ONE))
    agenda = paused(agenda, at(3))
    assert agenda.items[0].elapsed(at(9).ms) == 3 * 60_000
    agenda = resumed(agenda, at(9))
    assert agenda.items[0].elapsed(at(10).ms) == 4 * 60_000
    assert paused(three(), at(1)) == resumed(three(), at(1)) == three()


def test_time_that_goes_back_stands_still() -> None:
    agenda = after(Begin(ONE), minute=10)
    assert agenda.items[0].elapsed(at(8).ms) == 0
    assert after(End(), start=agenda, minute=8).items[0].elapsed_ms == 0


def test_what_is_left_is_what_waits_and_the_rest_of_what_runs() -> None:
    agenda = after(Begin(ONE), Park(THREE))
    assert agenda.left_ms(at(4).ms) == (6 + 10) * 60_000
    assert agenda.left_ms(at(14).ms) == 10 * 60_000


def test_items_change_move_and_go_away() -> None:
    agenda = after(
        Change(item=TWO, title="2", kind=ItemKind.INFO, minutes=5, presenter="Ana", note="n"),
        Move(TWO, -1),
        Remove(THREE),
    )
    assert [item.title for item in agenda.items] == ["2", "one"]
    assert (agenda.items[0].kind, agenda.items[0].minutes) == (ItemKind.INFO, 5)
    assert step(agenda, Change(item=TWO, title="2"), at(0)) == (agenda, ())
    for event in (Move(TWO, -1), Move(ONE, 1), Add([])):
        assert step(agenda, event, at(0)) == (agenda, ())


def test_what_was_parked_can_be_taken_out_again() -> None:
    agenda, happened = step(three(), Park(TWO), at(0))
    assert happened == (Edited(),)
    assert agenda.parked() == (agenda.item(TWO),)
    assert step(agenda, Park(TWO), at(0)) == (agenda, ())
    agenda, happened = step(after(Begin(TWO), start=agenda), Park(TWO), at(2))
    assert [type(one) for one in happened] == [Over]
    assert agenda.item(TWO).elapsed_ms == 2 * 60_000
    assert step(after(Begin(ONE)), Begin(ONE), at(0)) == (after(Begin(ONE)), ())


@pytest.mark.parametrize(
    ("event", "error", "message_id"),
    [
        (Begin(ItemId(9)), NotFound, "plenum.no-such-item"),
        (Remove(ONE), Conflict, "plenum.item-was-begun"),
        (Extend(ONE, 5), Conflict, "plenum.item-is-over"),
        (Park(ONE), Conflict, "plenum.item-is-over"),
        (Extend(TWO, 0), InvalidInput, "plenum.minutes-refused"),
        (Extend(TWO, MAX_MINUTES), InvalidInput, "plenum.minutes-refused"),
        (Move(TWO, 2), InvalidInput, "plenum.move-refused"),
        (Add([NewItem(title="x")] * (MAX_ITEMS - 2)), QuotaExceeded, "plenum.too-many-items"),
    ],
)
def test_what_cannot_be_is_refused(
    event: AgendaEvent, error: type[AllmendeError], message_id: str
) -> None:
    with pytest.raises(error) as refused:
        after(Begin(ONE), End(), event)
    assert refused.value.message_id == message_id


def test_a_hundred_items_fit() -> None:
    agenda = after(Add([NewItem(title="x")] * (MAX_ITEMS - 3)))
    assert len(agenda.items) == MAX_ITEMS
    assert after(Extend(TWO, 5)).item(TWO).minutes == 15


@pytest.mark.parametrize(
    ("make", "message_id"),
    [
        (lambda: new_item(""), "plenum.no-title"),
        (lambda: new_item(" \u2003 "), "plenum.no-title"),
        (lambda: new_item("a\nb"), "plenum.characters-refused"),
        (lambda: new_item("a\x1b[2J"), "plenum.characters-refused"),
        (lambda: new_item("x" * (MAX_TITLE_CHARS + 1)), "plenum.too-long"),
        (lambda: new_item("x", presenter="y" * (MAX_PRESENTER_CHARS + 1)), "plenum.too-long"),
        (lambda: new_item("x", note="y" * (MAX_NOTE_CHARS + 1)), "plenum.too-long"),
        (lambda: new_item("x", note="a\x07"), "plenum.characters-refused"),
        (lambda: new_item("x", "poll"), "plenum.no-such-kind"),
        (lambda: new_item("x", minutes=0), "plenum.minutes-refused"),
        (lambda: new_item("x", minutes=MAX_MINUTES + 1), "plenum.minutes-refused"),
    ],
)
def test_what_is_not_well_formed_is_refused(make: object, message_id: str) -> None:
    assert callable(make)
    with pytest.raises(InvalidInput) as refused:
        make()
    assert refused.value.message_id == message_id


def test_kinds_and_minutes_that_fit_are_kept() -> None:
    assert (item_kind("break"), planned_minutes(MAX_MINUTES)) == (ItemKind.BREAK, MAX_MINUTES)


NUMBERS = st.integers(1, 6).map(ItemId)
EVENTS = st.one_of(
    st.builds(Begin, NUMBERS),
    st.builds(Next, NUMBERS, st.booleans()),
    st.builds(End, st.none() | NUMBERS),
    st.builds(Park, NUMBERS),
    st.builds(Extend, NUMBERS, st.integers(-1, 60)),
    st.builds(Remove, NUMBERS),
    st.builds(Move, NUMBERS, st.sampled_from([-1, 1])),
    st.builds(Add, st.just([NewItem(title="new")])),
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 600_000), st.sampled_from(["", "pause"]))))
def test_at_most_one_item_runs_and_time_only_grows(
    happens: list[tuple[AgendaEvent, int, str]],
) -> None:
    agenda, ms = three(), 0
    for event, passed_ms, stops in happens:
        ms += passed_ms
        before = {item.id: item.elapsed(ms) for item in agenda.items}
        if stops:
            agenda = paused(agenda, Moment(NOON, ms))
        try:
            agenda, happened = step(agenda, event, Moment(NOON, ms))
        except AllmendeError:
            happened = ()
        running = [item for item in agenda.items if item.state is ItemState.RUNNING]
        assert len(running) <= 1
        for item in agenda.items:
            assert item.elapsed(ms) >= before.get(item.id, 0)
            assert item.since_ms is None or item.state is ItemState.RUNNING
        assert len({item.id for item in agenda.items}) == len(agenda.items)
        assert all(item.id < agenda.next_no for item in agenda.items)
        begun = [one for one in happened if isinstance(one, Began)]
        assert not begun or begun[0].item in agenda.items
