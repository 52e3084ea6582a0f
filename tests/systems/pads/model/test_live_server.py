"""What the server itself does to a live pad: the disk, edits of its own, rights."""

import base64

import pycrdt
import pytest

from allmende.protocols.yjs.update import MalformedUpdate
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import AuthorId, Capability, PadSessionId
from tests.systems.pads.model.pens import Desk, Pen


def test_only_what_is_on_disk_is_acknowledged() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.edit(anna, anna.types("eins "))
    desk.edit(ben, ben.types("zwei "))
    desk.edit(anna, anna.types("drei"))
    assert desk.pad.unsaved_since_s == desk.now_s
    unsaved = desk.pad.take_unsaved()
    assert unsaved is not None
    assert [(row.session_id, row.author_id, row.edits) for row in unsaved.rows] == [
        (1, 1, 2),
        (2, 2, 1),
    ]
    desk.edit(anna, anna.types("!"))
    assert anna.told("saved") == []
    desk.carry(desk.pad.saved(unsaved))
    saved = base64.b64decode(anna.told("saved")[0]["sv"])
    assert saved == unsaved.state_vector != desk.pad.document.state_vector()
    assert desk.pad.dirty


def test_the_rows_make_the_document() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    for pen, word in ((anna, "a"), (ben, "b"), (anna, "c"), (ben, "d")):
        desk.edit(pen, pen.types(word, at=0))
    unsaved = desk.pad.take_unsaved()
    assert unsaved is not None
    copy = Pen(1)
    copy.doc.apply_update(pycrdt.merge_updates(*(row.payload for row in unsaved.rows)))
    assert str(copy) == str(anna) == "dcba"


def test_what_failed_comes_again_first() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.edit(anna, anna.types("eins "))
    first = desk.pad.take_unsaved()
    assert first is not None
    desk.pass_time(1)
    desk.edit(anna, anna.types("zwei"))
    desk.pad.failed(first)
    assert desk.pad.unsaved_since_s == 100.0
    for _ in range(2):
        desk.carry(desk.pad.tell_unsaved())
    assert len(anna.told("unsaved")) == 1
    again = desk.pad.take_unsaved()
    assert again is not None
    assert again.rows[0] == first.rows[0]
    assert len(again.rows) == 2
    desk.carry(desk.pad.saved(again))
    assert not desk.pad.dirty
    assert desk.pad.unsaved_bytes == 0
    assert desk.pad.take_unsaved() is None


def test_when_too_much_waits_for_the_disk_nothing_more_is_taken() -> None:
    desk = Desk(limits=PadLimits(unsaved_bytes=50))
    anna = desk.sits(1)
    desk.edit(anna, anna.types("x" * 60))
    desk.edit(anna, anna.types("y"))
    assert [one["id"] for one in anna.told("error")] == ["pads.not-saved"]
    assert str(desk.pad.document.doc["body"]) == "x" * 60


def test_an_edit_of_the_server_reaches_all_and_the_disk() -> None:
    desk = Desk()
    anna = desk.sits(1)
    appended = desk.pad.document.change_by(77, lambda doc: doc["body"].insert(0, "Agenda"))
    assert str(desk.pad.document.doc["body"]) == ""
    desk.carry(desk.pad.apply_server(appended, AuthorId(2), 77, desk.now_s))
    assert str(anna) == "Agenda"
    assert anna.told("authors")[-1]["clients"] == {"77": 2}
    unsaved = desk.pad.take_unsaved()
    assert unsaved is not None
    assert [(row.session_id, row.author_id) for row in unsaved.rows] == [(None, 2)]
    with pytest.raises(MalformedUpdate):
        desk.pad.apply_server(b"\x01", None, 78, desk.now_s)
    assert not desk.pad.apply_server(b"\0\0", None, 78, desk.now_s)


def test_a_right_that_ends_closes_the_socket_and_a_smaller_one_takes_the_caret() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.point(ben, {"cursor": 1})
    desk.carry(desk.pad.set_capability(PadSessionId(2), Capability.READ, desk.now_s))
    assert anna.carets == {ben.client: None}
    desk.edit(ben, ben.types("x"))
    assert str(anna) == ""
    desk.carry(desk.pad.set_capability(PadSessionId(2), Capability.EDIT, desk.now_s))
    assert str(anna) == "x"
    desk.carry(desk.pad.set_capability(PadSessionId(2), None, desk.now_s))
    assert ben.code == 4403
    assert not desk.pad.set_capability(PadSessionId(2), Capability.EDIT, desk.now_s)
    assert [one.author_id for one in desk.pad.sessions()] == [1]


def test_cleared_authorship_shows_no_colours_for_what_was_written() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.edit(anna, anna.types("x"))
    desk.carry(desk.pad.clear_authorship(desk.now_s))
    assert anna.told("hello")[-1]["clients"] == {}
    ben = desk.sits(2)
    assert ben.told("hello")[0]["clients"] == {"1002": 2}
