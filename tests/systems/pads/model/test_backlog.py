from allmende.systems.pads.model.backlog import Backlog, UnsavedRow
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import AuthorId, PadSessionId
from tests.systems.pads.model.pens import Pen


def test_edits_are_merged_for_each_session_in_the_order_in_which_they_came_first() -> None:
    backlog, pen = Backlog(), Pen(7)
    one, two, three = pen.types("a"), pen.types("b"), pen.types("c")
    backlog.add(PadSessionId(5), AuthorId(1), one, 3.0)
    backlog.add(None, AuthorId(1), two, 4.0)
    backlog.add(PadSessionId(5), AuthorId(1), three, 5.0)
    assert backlog.since_s == 3.0
    assert backlog.bytes == len(one) + len(two) + len(three)
    assert backlog.take() == [
        UnsavedRow(PadSessionId(5), AuthorId(1), 2, merged([one, three])),
        UnsavedRow(None, AuthorId(1), 1, two),
    ]
    assert backlog.is_empty


def test_what_is_being_written_counts_until_it_is_done() -> None:
    backlog = Backlog()
    backlog.add(None, None, b"abc", 3.0)
    backlog.take()
    backlog.add(None, None, b"de", 4.0)
    assert (backlog.bytes, backlog.since_s) == (5, 3.0)
    backlog.done()
    assert (backlog.bytes, backlog.since_s) == (2, 4.0)


def test_what_failed_is_older_than_what_came_meanwhile() -> None:
    backlog = Backlog()
    backlog.add(None, None, b"abc", 3.0)
    rows = backlog.take()
    backlog.add(None, None, b"de", 4.0)
    backlog.back(rows)
    assert (backlog.bytes, backlog.since_s, backlog.is_empty) == (5, 3.0, False)
    assert [row.payload for row in backlog.take()] == [b"abc", b"de"]
