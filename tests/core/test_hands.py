"""The list of raised hands against a list that a person would keep on paper."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from allmende.core.errors import Conflict
from allmende.core.hands import Hands

SEATS = st.sampled_from("abcde")


def raised(*seats: str) -> Hands:
    hands = Hands()
    for seat in seats:
        hands = hands.raised(seat)
    return hands


def test_the_order_is_the_order_of_asking() -> None:
    assert raised("b", "a", "c").order() == ("b", "a", "c")


def test_a_number_is_never_given_twice() -> None:
    hands = raised("a", "b").lowered("b").raised("b")
    assert [hand.no for hand in hands.waiting] == [1, 3]


def test_the_next_one_gets_the_floor() -> None:
    hands = raised("a", "b").called_next()
    assert (hands.floor, hands.order()) == ("a", ("b",))
    assert hands.ended() == hands.left("a")


def test_somebody_may_be_called_out_of_turn() -> None:
    hands = raised("a", "b").called("b")
    assert (hands.floor, hands.order()) == ("b", ("a",))


def test_who_leaves_leaves_the_list_and_the_floor() -> None:
    hands = raised("a", "b").called("a").raised("a")
    assert hands.left("a") == raised("a", "b").called("a").ended().raised("a").lowered("a")
    assert hands.left("b").floor == "a"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda hands: hands.raised("a"), "meet.already-waiting"),
        (lambda hands: hands.lowered("x"), "meet.not-waiting"),
        (lambda hands: hands.called("x"), "meet.not-waiting"),
        (lambda hands: hands.lowered("a").called_next(), "meet.nobody-waiting"),
        (lambda hands: hands.ended(), "meet.floor-empty"),
    ],
)
def test_what_makes_no_sense_is_refused(change: Callable[[Hands], Hands], why: str) -> None:
    with pytest.raises(Conflict) as refused:
        change(raised("a"))
    assert refused.value.message_id == why


@given(st.lists(SEATS, unique=True), SEATS)
def test_raising_and_lowering_changes_nothing_but_the_number(seats: list[str], seat: str) -> None:
    before = raised(*(each for each in seats if each != seat))
    assert before.raised(seat).lowered(seat).order() == before.order()


class Paper(RuleBasedStateMachine):
    """The list on paper: names in a row, and one in a circle."""

    def __init__(self) -> None:
        super().__init__()
        self.hands = Hands()
        self.row: list[str] = []
        self.circle: str | None = None

    def try_it(self, change: Callable[[], Hands], possible: bool) -> bool:
        if possible:
            self.hands = change()
            return True
        with pytest.raises(Conflict):
            change()
        return False

    @rule(seat=SEATS)
    def raise_hand(self, seat: str) -> None:
        if self.try_it(lambda: self.hands.raised(seat), seat not in self.row):
            self.row.append(seat)

    @rule(seat=SEATS)
    def lower(self, seat: str) -> None:
        if self.try_it(lambda: self.hands.lowered(seat), seat in self.row):
            self.row.remove(seat)

    @rule(seat=SEATS)
    def call(self, seat: str) -> None:
        if self.try_it(lambda: self.hands.called(seat), seat in self.row):
            self.row.remove(seat)
            self.circle = seat

    @rule()
    def call_next(self) -> None:
        if self.try_it(self.hands.called_next, bool(self.row)):
            self.circle = self.row.pop(0)

    @rule()
    def end(self) -> None:
        if self.try_it(self.hands.ended, self.circle is not None):
            self.circle = None

    @rule(seat=SEATS)
    def leave(self, seat: str) -> None:
        self.hands = self.hands.left(seat)
        self.row = [each for each in self.row if each != seat]
        self.circle = None if self.circle == seat else self.circle

    @invariant()
    def both_lists_say_the_same(self) -> None:
        assert (list(self.hands.order()), self.hands.floor) == (self.row, self.circle)
        numbers = [hand.no for hand in self.hands.waiting]
        assert numbers == sorted(set(numbers))
        assert all(number < self.hands.next_no for number in numbers)


TestPaper = Paper.TestCase
