import pytest

from allmende.protocols.yjs.update import MalformedUpdate
from allmende.systems.pads.model.merging import EMPTY, merged
from tests.systems.pads.model.pens import Pen


def test_a_hundred_updates_as_one_say_the_same() -> None:
    pen, copy = Pen(7), Pen(8)
    updates = [pen.types(f"{number} ") for number in range(100)]
    copy.doc.apply_update(merged(updates))
    assert str(copy) == str(pen)


def test_one_update_stays_as_it_is_and_none_is_the_empty_one() -> None:
    update = Pen(7).types("a")
    assert merged([EMPTY, update]) is update
    assert merged([]) == merged([EMPTY]) == EMPTY


def test_garbage_is_refused() -> None:
    with pytest.raises(MalformedUpdate):
        merged([b"\xff", b"\xff"])
