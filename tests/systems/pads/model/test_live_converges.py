"""Whoever writes what and when, and whoever is offline meanwhile: in the end all read the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.systems.pads.model.pad import PadSessionId
from tests.systems.pads.model.pens import Desk, Pen

STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("wwwwdol"), st.integers(0, 200)), max_size=60
)


@pytest.mark.slow
@settings(max_examples=60)
@given(STEPS)
def test_five_writers_who_come_and_go_read_the_same_in_the_end(
    steps: list[tuple[int, str, int]],
) -> None:
    desk, session = Desk(), 100
    pens = [desk.sits(number + 1) for number in range(5)]
    sessions: dict[int, int | None] = {number: number + 1 for number in range(5)}
    for number, act, where in steps:
        pen, here = pens[number], sessions[number]
        if act == "o" and here is not None:
            desk.carry(desk.pad.leave(PadSessionId(here), desk.now_s))
            sessions[number] = None
        elif act == "o":
            session += 1
            desk.sits(number + 1, pen=pen, session=session)
            sessions[number] = session
        elif act == "l":
            desk.pass_time(0.1)
        else:
            written = change(pen, act, where)
            if written and here is not None:
                desk.edit(pen, written)
    for number, pen in enumerate(pens):
        if sessions[number] is None:
            desk.sits(number + 1, pen=pen, session=1000 + number)
    desk.pass_time(1)
    assert {pen.code for pen in pens} == {None}
    assert {str(pen) for pen in pens} == {str(desk.pad.document.doc["body"])}


def change(pen: Pen, act: str, where: int) -> bytes | None:
    length = len(pen.body)
    if act == "w":
        return pen.types("wort", at=where % (length + 1))
    return pen.deletes(where % length, where % length + 1) if length else None
