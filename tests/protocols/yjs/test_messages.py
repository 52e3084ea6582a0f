from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.yjs.messages import (
    AskAwareness,
    Awareness,
    Control,
    Entry,
    Message,
    Step1,
    Step2,
    Update,
    read_message,
    write_awareness,
    write_control,
    write_entry,
    write_step_1,
    write_step_2,
    write_update,
)
from allmende.protocols.yjs.varint import Malformed

ENTRY = st.builds(Entry, st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1), st.text(max_size=40))


def written(message: Message) -> bytes:
    match message:
        case Step1(state_vector):
            return write_step_1(state_vector)
        case Step2(update):
            return write_step_2(update)
        case Update(update):
            return write_update(update)
        case Awareness(entries):
            return write_awareness(map(write_entry, entries))
        case Control(text):
            return write_control(text)
        case AskAwareness():
            return b"\x03"


@pytest.mark.slow
@given(
    st.one_of(
        st.builds(Step1, st.binary(max_size=50)),
        st.builds(Step2, st.binary(max_size=50)),
        st.builds(Update, st.binary(max_size=50)),
        st.builds(Awareness, st.lists(ENTRY, max_size=5)),
        st.builds(Control, st.text(max_size=50)),
        st.builds(AskAwareness),
    )
)
def test_a_message_comes_back(message: Message) -> None:
    assert read_message(written(message)) == message


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "cut off"),
        ("02", "an unknown kind of message"),
        ("00", "cut off"),
        ("0003", "an unknown kind of sync"),
        ("000205", "cut off"),
        ("00020000", "more than"),
        ("0101ff", "cut off"),
        ("010101", "cut off"),
        ("01020000", "more than"),
        ("0301", "more than"),
        ("4001ff", "not UTF-8"),
    ],
)
def test_a_bad_message_is_refused(data: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_message(bytes.fromhex(data))


@pytest.mark.slow
@given(st.binary(max_size=60))
def test_garbage_raises_nothing_else(data: bytes) -> None:
    with suppress(Malformed):
        read_message(data)
