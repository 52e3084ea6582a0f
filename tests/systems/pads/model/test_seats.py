from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import AuthorId, Capability, PadSessionId
from allmende.systems.pads.model.seats import Seat, Session


def seat() -> Seat:
    session = Session(PadSessionId(1), 7, AuthorId(1), Capability.EDIT, True, frozenset({5}))
    return Seat(session, PadLimits(updates_burst=10), 0.0)


def test_a_session_writes_as_itself_and_as_the_earlier_ones_of_its_author() -> None:
    assert seat().mine == {5, 7}


def test_beyond_the_burst_it_is_slow_and_beyond_twice_the_burst_too_fast() -> None:
    one = seat()
    slow = []
    for _ in range(20):
        assert one.take_update(10, 0.0)
        slow.append(one.slow)
    assert slow == [False] * 10 + [True] * 10
    assert not one.take_update(10, 0.0)


def test_long_updates_and_questions_count_more() -> None:
    one = seat()
    assert one.take_question(0.0)
    assert one.take_update(16 * 1024 * 9, 0.0)
    assert not one.take_question(0.0)


def test_who_caught_up_is_told_again_when_something_goes_wrong() -> None:
    one = seat()
    one.told.add("pads.full")
    one.behind = True
    one.is_caught_up()
    assert (one.told, one.behind, one.asked_s) == (set(), False, None)
