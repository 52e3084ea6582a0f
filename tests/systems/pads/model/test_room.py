import pytest

from allmende.systems.pads.model.pad import PadSessionId
from tests.systems.pads.model.pens import Desk, Pen, author


def test_nothing_is_due_in_an_empty_room() -> None:
    desk = Desk()
    assert desk.pad.next_tick_s() is None
    assert not desk.pad.tick(desk.now_s)


@pytest.mark.slow
def test_two_hundred_who_come_at_once_are_told_of_each_other_four_times_a_second() -> None:
    desk = Desk()
    pens = []
    for number in range(1, 201):
        pens.append(desk.sits(1, pen=Pen(5000 + number), session=number))
        desk.now_s += 0.005
    desk.pass_time(1)
    assert {len(pen.told("present")[-1]["people"]) for pen in pens} == {200}
    assert len(pens[0].told("present")) < 30
    assert len(set(pens[0].told("authors")[-1]["clients"])) > 1


def test_who_comes_back_before_being_missed_takes_over_from_the_old_socket() -> None:
    desk = Desk()
    ben = desk.sits(2)
    old = desk.sits(1)
    new = Pen(old.client)
    desk.sits(1, pen=new, session=11)
    assert (old.code, new.code) == (4408, None)
    desk.point(new, {"cursor": 1})
    desk.carry(desk.pad.leave(PadSessionId(1), desk.now_s))
    assert ben.carets[new.client]["cursor"] == 1


def test_a_new_name_is_told_to_all_and_changes_the_caret() -> None:
    desk = Desk()
    anna, ben = desk.sits(1), desk.sits(2)
    desk.point(anna, {"cursor": 1})
    desk.carry(desk.pad.rename(author(1, "Anna"), desk.now_s))
    assert ben.told("authors")[-1]["people"]["1"]["name"] == "Anna"
    assert ben.carets[anna.client]["user"]["name"] == "Anna"


def test_a_tick_that_comes_late_makes_the_next_ones_longer() -> None:
    desk = Desk()
    pens = [desk.sits(1, pen=Pen(5000 + n), session=n, controls=False) for n in range(1, 13)]
    desk.pass_time(1)
    desk.edit(pens[0], pens[0].types("a"))
    desk.now_s += 0.1
    desk.carry(desk.pad.tick(desk.now_s))
    desk.edit(pens[0], pens[0].types("b"))
    assert desk.pad.next_tick_s() == pytest.approx(desk.now_s + 0.05)


def test_where_hundreds_point_only_the_thirty_newest_carets_are_shown() -> None:
    desk = Desk()
    pens = [desk.sits(1, pen=Pen(5000 + n), session=n, controls=False) for n in range(1, 41)]
    for pen in pens:
        desk.point(pen, {"cursor": 1})
        desk.pass_time(0.05)
    desk.pass_time(1)
    shown = {client for client, state in pens[-1].carets.items() if state}
    assert shown == {pen.client for pen in pens[10:-1]}
