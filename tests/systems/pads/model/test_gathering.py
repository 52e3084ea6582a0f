import pytest

from allmende.systems.pads.model.gathering import Gathering
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import PadSessionId
from tests.systems.pads.model.pens import Pen


@pytest.mark.parametrize(
    ("sessions", "wait_s"), [(1, 0.0), (10, 0.0), (11, 0.03), (100, 0.03), (101, 0.05)]
)
def test_the_more_editors_the_longer_edits_are_gathered(sessions: int, wait_s: float) -> None:
    assert Gathering().wait_s(sessions, 0.0) == wait_s


def test_a_late_event_loop_makes_ticks_longer_for_five_seconds() -> None:
    gathering = Gathering()
    gathering.note_lag(0.02, 0.0)
    assert gathering.wait_s(1, 0.0) == 0.0
    gathering.note_lag(0.021, 0.0)
    assert gathering.wait_s(1, 4.9) == 0.05
    assert gathering.wait_s(1, 5.0) == 0.0


def test_edits_of_one_come_back_with_the_sender_and_edits_of_several_without() -> None:
    gathering, pen = Gathering(), Pen(7)
    assert gathering.take() is None
    one, two = pen.types("a"), pen.types("b")
    gathering.add(PadSessionId(1), one, 3.0)
    gathering.add(PadSessionId(1), two, 4.0)
    assert gathering.due_s == 3.0
    assert gathering.take() == (merged([one, two]), 1)
    gathering.add(PadSessionId(1), one, 3.0)
    gathering.add(None, two, 3.0)
    assert gathering.take() == (merged([one, two]), None)
    assert gathering.take() is None


def test_an_edit_of_the_server_alone_goes_to_all() -> None:
    gathering, pen = Gathering(), Pen(7)
    one = pen.types("a")
    gathering.add(None, one, 3.0)
    assert gathering.take() == (one, None)
