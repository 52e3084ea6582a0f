import json

import pytest

from allmende.protocols.yjs.messages import Awareness, Entry, read_message
from allmende.systems.pads.model.carets import Carets, MalformedCaret, cursor_of, own_entry


def states(data: bytes | None) -> dict[int, object]:
    assert data is not None
    message = read_message(data)
    assert isinstance(message, Awareness)
    return {one.client: json.loads(one.state) for one in message.entries}


def clock_in(data: bytes | None) -> int:
    assert data is not None
    message = read_message(data)
    assert isinstance(message, Awareness)
    return message.entries[0].clock


def test_who_moved_is_told_of_others_only() -> None:
    carets = Carets(30)
    carets.set(1, 0, "here", {"name": "Anna"})
    carets.set(2, 0, "there", {"name": "Ben"})
    moved = carets.take()
    both = {1: {"cursor": "here", "user": {"name": "Anna"}}}
    both[2] = {"cursor": "there", "user": {"name": "Ben"}}
    assert states(moved.message_for(3)) == both
    assert list(states(moved.message_for(1))) == [2]
    assert moved.message_for(3) is moved.message_for(4)
    assert not carets.changed


def test_who_moved_alone_is_told_nothing() -> None:
    carets = Carets(30)
    carets.set(1, 0, "here", {})
    assert carets.take().message_for(1) is None


def test_beyond_the_limit_the_one_that_rests_longest_disappears() -> None:
    carets = Carets(2)
    for client in (1, 2, 1, 3):
        carets.set(client, 0, client, {})
    assert states(carets.take().message_for(9)) == {
        1: {"cursor": 1, "user": {}},
        2: None,
        3: {"cursor": 3, "user": {}},
    }
    assert list(states(carets.all_but(1))) == [3]


def test_the_clock_of_a_caret_only_rises() -> None:
    carets = Carets(30)
    carets.set(1, 7, "a", {})
    assert clock_in(carets.take().message_for(9)) == 7
    carets.remove(1)
    assert clock_in(carets.take().message_for(9)) == 8
    carets.set(1, 0, "b", {})
    assert clock_in(carets.all_but(9)) == 9


def test_a_caret_that_is_not_there_is_not_removed() -> None:
    carets = Carets(30)
    carets.remove(1)
    assert not carets.changed
    assert carets.all_but(9) is None


def test_clocks_of_thousands_of_clients_are_not_kept_for_ever() -> None:
    carets = Carets(1)
    for client in range(2_500):
        carets.set(client, 5, "a", {})
    carets.take()
    carets.set(0, 0, "back", {})
    assert clock_in(carets.all_but(9)) == 0


def test_what_an_editor_says_of_itself_is_found_among_what_it_repeats() -> None:
    entries = [Entry(1, 0, "{}"), Entry(2, 0, "a"), Entry(2, 1, "b")]
    assert own_entry(entries, 2) == Entry(2, 1, "b")
    assert own_entry(entries, 3) is None


@pytest.mark.parametrize(
    ("state", "cursor"),
    [('{"cursor":{"a":1},"user":2}', {"a": 1}), ("{}", None), ("null", None), ('{"cursor":0}', 0)],
)
def test_only_the_cursor_is_taken(state: str, cursor: object) -> None:
    assert cursor_of(state) == cursor


DEEP = '{"cursor":' + "[" * 11 + "]" * 11 + "}"


@pytest.mark.parametrize("state", ["", "[]", "1", "{", "[" * 2000, '"\ud800"', DEEP])
def test_a_state_that_is_no_object_is_refused(state: str) -> None:
    with pytest.raises(MalformedCaret):
        cursor_of(state)
