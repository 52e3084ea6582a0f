import pytest

from allmende.protocols.yjs.messages import (
    Entry,
    write_awareness,
    write_control,
    write_entry,
    write_step_1,
    write_step_2,
    write_update,
)
from allmende.protocols.yjs.update import read_update
from allmende.protocols.yjs.varint import uint
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.live import Close, Send
from allmende.systems.pads.model.pad import Capability, PadSessionId
from tests.protocols.yjs.writing import beside, text, update
from tests.systems.pads.model.pens import Desk, Pen, author

LONG_CARET = '{"cursor":"' + "😀" * 600 + '"}'
"""More bytes than letters."""


def test_what_one_writes_others_read_and_the_writer_hears_no_echo() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    before = len(anna.heard)
    desk.edit(anna, anna.types("hallo"))
    assert str(ben) == str(desk.pad.document.doc["body"]) == "hallo"
    assert len(anna.heard) == before


def test_who_comes_later_gets_everything() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.edit(anna, anna.types("hallo"))
    assert str(desk.sits(2)) == "hallo"


def test_offline_edits_merge_when_somebody_comes_back() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.edit(anna, anna.types("ein Satz"))
    desk.carry(desk.pad.leave(PadSessionId(2), desk.now_s))
    ben.types(" von Ben")
    desk.edit(anna, anna.types("Vorher ", at=0))
    desk.sits(2, pen=ben, session=22)
    assert str(anna) == str(ben) == "Vorher ein Satz von Ben"
    assert ben.code is None


def test_offline_edits_come_back_through_another_editor_of_the_same_person() -> None:
    desk = Desk()
    old, new = Pen(1001), Pen(1002)
    new.doc.apply_update(old.types("offline"))
    desk.sits(1, pen=new, earlier=frozenset({1001}))
    assert str(desk.pad.document.doc["body"]) == "offline"


def test_what_the_server_lost_comes_back_through_whoever_has_it() -> None:
    desk = Desk(lost=[1001])
    anna, ben = Pen(1001), Pen(1002)
    ben.doc.apply_update(anna.types("fast verloren"))
    desk.sits(2, pen=ben)
    assert str(desk.pad.document.doc["body"]) == "fast verloren"
    assert ben.code is None


def test_what_the_server_lost_comes_only_with_step_2() -> None:
    desk = Desk(lost=[1001])
    ben = desk.sits(2)
    desk.edit(ben, Pen(1001).types("nicht mein Satz"))
    assert ben.code == 4403


def test_who_is_back_brings_what_was_lost_and_nobody_else_does() -> None:
    desk = Desk(lost=[1001])
    anna, ben = desk.sits(1), Pen(1002)
    ben.doc.apply_update(Pen(1001).types("nicht mein Satz"))
    desk.sits(2, pen=ben)
    assert (ben.code, anna.code, desk.pad.forged) == (4403, None, 1)
    assert str(desk.pad.document.doc["body"]) == ""


def test_edits_in_the_name_of_others_close_the_socket() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.edit(ben, Pen(1001).types("Anna sagt"))
    assert (ben.code, anna.code, desk.pad.forged) == (4403, None, 1)
    assert str(desk.pad.document.doc["body"]) == ""
    assert not desk.pad.dirty


def test_edits_of_others_that_are_known_already_harm_nobody() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    first = anna.types("hallo")
    desk.edit(anna, first)
    assert desk.pad.take_unsaved()
    before = len(anna.heard)
    desk.edit(ben, first)
    assert ben.code is None
    assert not desk.pad.dirty
    assert len(anna.heard) == before


def test_deleting_the_text_of_others_is_normal() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.edit(anna, anna.types("hallo"))
    desk.edit(ben, ben.deletes(0, 4))
    assert str(anna) == "o"


def test_a_gap_is_asked_for_and_filled() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    anna.types("eins ")
    desk.edit(anna, anna.types("zwei"))
    assert str(ben) == str(anna) == "eins zwei"


def test_a_gap_for_the_third_time_closes_the_socket() -> None:
    desk = Desk()
    anna = desk.sits(1)
    far = update((anna.client, 50, [text("x")]))
    for _ in range(3):
        desk.edit(anna, far)
        desk.now_s += 6
    assert anna.code == 4400


def test_while_an_answer_is_awaited_nothing_is_asked_again() -> None:
    desk = Desk()
    anna = desk.sits(1)
    far = write_update(update((anna.client, 50, [text("x")])))
    first = desk.pad.receive(PadSessionId(1), far, desk.now_s)
    assert len(first) == 1
    assert not desk.pad.receive(PadSessionId(1), far, desk.now_s + 1)


def test_deleting_what_is_not_known_is_a_gap_too() -> None:
    desk = Desk()
    anna = desk.sits(1)
    outputs = desk.pad.receive(
        PadSessionId(1), write_update(update(deleted={anna.client: [(0, 4)]})), desk.now_s
    )
    assert [type(one) for one in outputs] == [Send]
    assert not desk.pad.dirty


def test_standing_beside_what_is_not_known_is_a_gap_too() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.edit(anna, update((anna.client, 0, [text("x", beside((4711, 3)))])))
    assert anna.code is None
    assert not desk.pad.dirty


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        b"\x00\x07\x00",
        b"\x00\x02\x02\x01",
        write_update(b"\x01\x01\xff"),
        write_step_2(b"\xff" * 20),
        write_step_1(b"\x05"),
        write_control("{}"),
        write_update(update(*((one, 0, [text("x")]) for one in range(65)))),
        write_update(update((1001, 0, [text("x", beside((1001, 0)))]))),
    ],
)
def test_garbage_closes_one_socket_and_nothing_else_happens(data: bytes) -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.edit(ben, ben.types("bleibt"))
    desk.send(anna, data)
    assert (anna.code, ben.code) == (4400, None)
    desk.edit(ben, ben.types("!"))
    assert str(desk.pad.document.doc["body"]) == "bleibt!"


@pytest.mark.parametrize("data", [b"\0" * (512 * 1024 + 1), write_update(b"\0" * (256 * 1024 + 1))])
def test_too_much_at_once_is_refused_unread(data: bytes) -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.send(anna, data)
    assert anna.code == 4413


def test_step_2_may_be_as_long_as_a_message() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.send(anna, write_step_2(anna.types("x" * 300_000)))
    assert (anna.code, desk.pad.document.text_bytes) == (None, 300_000)


def test_a_reader_reads_and_never_writes() -> None:
    desk = Desk()
    anna, reader = desk.sits(1), desk.sits(2, Capability.READ)
    desk.edit(anna, anna.types("hallo"))
    desk.edit(reader, reader.types("!"))
    desk.send(reader, write_step_2(reader.doc.get_update()))
    desk.point(reader, {"cursor": {"anchor": 1}})
    assert str(desk.pad.document.doc["body"]) == str(anna) == "hallo"
    assert anna.carets == {}
    assert [one["id"] for one in reader.told("error")] == ["pads.read-only"]
    assert reader.code is None
    unsaved = desk.pad.take_unsaved()
    assert unsaved is not None
    assert [row.session_id for row in unsaved.rows] == [1]


def test_the_tenth_attempt_of_a_reader_closes_the_socket() -> None:
    desk = Desk()
    reader = desk.sits(2, Capability.READ)
    for attempt in range(10):
        assert reader.code is None, attempt
        desk.edit(reader, reader.types("!"))
    assert reader.code == 4403


def test_a_reader_is_never_asked_for_text_and_may_say_that_it_is_there() -> None:
    desk = Desk()
    reader = desk.sits(2, Capability.READ)
    for _ in range(20):
        desk.point(reader, {})
        desk.send(reader, write_step_2(b"\0\0"))
    assert reader.code is None
    assert not any(data.startswith(b"\0\0") for data in reader.heard)


def test_in_a_locked_pad_only_admins_write_and_later_nothing_is_missing() -> None:
    desk = Desk()
    anna, chair = desk.sits(1), desk.sits(2, Capability.ADMIN)
    desk.carry(desk.pad.set_locked(True, desk.now_s))
    for word in ("eins ", "zwei "):
        desk.edit(anna, anna.types(word))
    desk.edit(chair, chair.types("gesperrt "))
    assert str(chair) == str(desk.pad.document.doc["body"]) == "gesperrt "
    assert [one["id"] for one in anna.told("error")] == ["pads.locked"]
    assert [one["capability"] for one in anna.told("locked")] == ["read"]
    assert [one["capability"] for one in chair.told("locked")] == ["admin"]
    desk.carry(desk.pad.set_locked(False, desk.now_s))
    assert str(chair) == str(anna)
    assert "eins zwei" in str(chair)
    assert anna.code is None


def test_a_full_pad_takes_no_more_text_until_some_is_deleted() -> None:
    desk = Desk(limits=PadLimits(text_bytes=100))
    anna, ben = desk.sits(1), desk.sits(2)
    desk.edit(anna, anna.types("x" * 90))
    desk.edit(ben, ben.types("y" * 20))
    desk.edit(ben, ben.types("z"))
    assert [one["id"] for one in ben.told("error")] == ["pads.full"]
    assert str(anna) == "x" * 90
    desk.edit(anna, anna.deletes(0, 50))
    desk.pass_time(10)
    desk.edit(ben, ben.types("!"))
    assert str(anna) == str(ben) == "x" * 40 + "y" * 20 + "z!"
    assert ben.code is None


@pytest.mark.slow
def test_who_writes_too_fast_is_told_and_then_closed() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    for _ in range(101):
        desk.edit(anna, anna.types("x"))
    assert len(anna.told("slow")) == 1
    assert str(ben) == "x" * 101
    for _ in range(101):
        if anna.code is None:
            desk.edit(anna, anna.types("x"))
    assert anna.code == 4429


def test_twenty_edits_a_second_are_never_too_fast() -> None:
    desk = Desk()
    anna = desk.sits(1)
    for _ in range(300):
        desk.edit(anna, anna.types("x"))
        desk.pass_time(0.05)
    assert (anna.code, anna.told("slow")) == (None, [])


@pytest.mark.slow
def test_a_hundred_sessions_at_one_place_write_undisturbed() -> None:
    desk = Desk()
    pens = [desk.sits(1, pen=Pen(5000 + n), session=n, controls=False) for n in range(1, 101)]
    for pen in pens:
        desk.edit(pen, pen.types("x"))
    desk.pass_time(1)
    assert {len(str(pen)) for pen in pens} == {100}
    assert {pen.code for pen in pens} == {None}


def test_a_flood_of_any_kind_closes_the_socket() -> None:
    desk = Desk(limits=PadLimits(messages_burst=50))
    anna = desk.sits(1)
    for _ in range(60):
        if anna.code is None:
            desk.send(anna, b"\x03")
    assert anna.code == 4429


def test_asking_for_everything_again_and_again_is_too_fast() -> None:
    desk = Desk()
    anna = desk.sits(1)
    for _ in range(30):
        if anna.code is None:
            desk.send(anna, write_step_1(b"\0"))
    assert anna.code == 4429


def test_a_caret_arrives_with_the_name_that_the_server_knows() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.carry(desk.pad.rename(author(1, "Anna"), desk.now_s))
    desk.point(anna, {"cursor": {"anchor": 3}, "user": {"name": "Admin"}, "x": 1})
    user = {"name": "Anna", "colour": 1, "number": 1, "author": 1}
    assert ben.carets == {anna.client: {"cursor": {"anchor": 3}, "user": user}}
    assert anna.carets == {}


def test_carets_of_others_are_not_believed() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.point(anna, {"cursor": 1}, client=ben.client)
    desk.point(anna, {"cursor": 1}, client=4711)
    assert (ben.carets, anna.code) == ({}, None)


def test_five_carets_a_second_are_told_and_the_newest_wins() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    before = len(ben.heard)
    for clock in range(20):
        desk.point(anna, {"cursor": clock}, clock)
        desk.pass_time(0.05)
    desk.pass_time(1)
    assert 5 <= len(ben.heard) - before <= 7
    assert ben.carets[anna.client]["cursor"] == 19


def test_a_large_caret_is_dropped_and_a_broken_one_closes_the_socket() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.point(anna, {"cursor": "x" * 3000})
    desk.send(anna, write_awareness([write_entry(Entry(anna.client, 1, LONG_CARET))]))
    assert (ben.carets, anna.code) == ({}, None)
    entry = write_entry(Entry(anna.client, 1, "[" * 1500))
    desk.send(anna, write_awareness([entry]))
    assert anna.code == 4400


def test_a_caret_goes_with_its_editor_and_comes_back_after_a_reconnect() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.point(anna, {"cursor": 1}, clock=7)
    desk.carry(desk.pad.leave(PadSessionId(1), desk.now_s))
    assert ben.carets == {anna.client: None}
    desk.sits(1, pen=anna, session=11)
    desk.point(anna, {"cursor": 2}, clock=0)
    desk.pass_time(1)
    assert ben.carets[anna.client]["cursor"] == 2
    assert desk.pad.people() == 2


def test_who_comes_later_sees_the_carets() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.point(anna, {"cursor": 1})
    ben = desk.sits(2)
    assert ben.carets[anna.client]["cursor"] == 1
    ben.carets.clear()
    desk.send(ben, b"\x03")
    assert list(ben.carets) == [anna.client]


def test_the_first_thing_a_session_hears_says_who_is_who() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.edit(anna, anna.types("hallo"))
    ben = desk.sits(2, Capability.READ)
    hello = ben.controls[0]
    assert hello["t"] == "hello"
    assert (hello["author"], hello["capability"], hello["locked"]) == (2, "read", False)
    assert hello["clients"] == {"1001": 1, "1002": 2}
    assert hello["people"]["1"] == {"name": "", "colour": 1, "number": 1}
    assert hello["present"] == [1, 2]
    assert anna.told("present")[-1]["people"] == [1, 2]
    assert anna.told("authors")[-1]["clients"] == {"1002": 2}


def test_a_stock_client_hears_no_control_messages() -> None:
    desk = Desk()
    stock, reader = desk.sits(1, controls=False), desk.sits(2, Capability.READ, controls=False)
    desk.edit(stock, stock.types("x"))
    desk.edit(reader, reader.types("y"))
    desk.carry(desk.pad.set_locked(True, desk.now_s))
    desk.carry(desk.pad.tell({"t": "revision"}))
    assert (stock.controls, reader.controls) == ([], [])


def test_a_closed_pad_is_empty() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    outputs = desk.pad.close_all(4404)
    assert outputs == [Close(PadSessionId(1), 4404), Close(PadSessionId(2), 4404)]
    assert desk.pad.people() == 0
    assert not desk.pad.receive(PadSessionId(1), b"\x03", desk.now_s)
    assert not desk.pad.leave(PadSessionId(1), desk.now_s)
    assert (anna.code, ben.code) == (None, None)


def test_the_update_of_a_tick_is_written_once_for_all() -> None:
    desk = Desk()
    pens = [desk.sits(1, pen=Pen(5000 + n), session=n, controls=False) for n in range(1, 13)]
    for pen in pens[:3]:
        desk.edit(pen, pen.types("x"))
    due_s = desk.pad.next_tick_s()
    assert due_s == pytest.approx(desk.now_s + 0.03)
    outputs = desk.pad.tick(due_s or 0)
    sent = [one for one in outputs if isinstance(one, Send)]
    assert len(sent) == 12
    assert len({id(one.data) for one in sent}) == 1
    assert set(read_update(sent[0].data[3:]).ranges) == {5001, 5002, 5003}


def test_an_error_is_told_in_the_language_of_the_session() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.carry(desk.pad.tell_error(PadSessionId(1), "pads.full"))
    assert anna.told("error") == [{"t": "error", "id": "pads.full", "text": "pads.full"}]
    assert not desk.pad.tell_error(PadSessionId(9), "pads.full")


def test_a_struct_of_a_huge_number_is_refused_quickly() -> None:
    desk = Desk()
    anna = desk.sits(1)
    desk.edit(anna, uint(1) + uint(2**52) + uint(anna.client) + uint(0))
    assert anna.code == 4400
