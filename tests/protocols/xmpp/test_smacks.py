"""Stream management: nothing lost, nothing twice, whatever is cut and acknowledged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.xml.tree import Element, element, write
from allmende.protocols.xmpp import smacks
from allmende.protocols.xmpp.names import STANZAS
from allmende.protocols.xmpp.smacks import CountedTooFar, Handled, Sent, read_count

LAST = (1 << 32) - 1


def test_what_is_acknowledged_is_forgotten() -> None:
    sent: Sent[str] = Sent()
    for item in "abc":
        sent.add(item, 10)
    sent.acknowledge(2)
    assert (sent.waiting(), len(sent), sent.size_bytes, sent.count) == (["c"], 1, 10, 3)
    sent.acknowledge(2)
    assert sent.waiting() == ["c"]


@pytest.mark.parametrize("h", [4, 1, LAST])
def test_what_was_never_sent_cannot_be_acknowledged(h: int) -> None:
    sent: Sent[str] = Sent()
    for item in "abc":
        sent.add(item, 1)
    sent.acknowledge(2)
    with pytest.raises(CountedTooFar) as caught:
        sent.acknowledge(h)
    assert dict(caught.value.element().attributes) == {"h": str(h), "send-count": "3"}
    assert sent.waiting() == ["c"]


def test_counters_begin_again_at_two_to_the_thirty_second() -> None:
    sent: Sent[int] = Sent()
    sent._acknowledged = LAST
    sent.add(1, 1)
    sent.add(2, 1)
    assert sent.count == 1
    sent.acknowledge(0)
    assert sent.waiting() == [2]
    handled = Handled()
    handled.h = LAST
    assert handled.done(handled.begin())
    assert handled.h == 0


def test_a_stanza_counts_when_all_before_it_do() -> None:
    handled = Handled()
    first, second, third = handled.begin(), handled.begin(), handled.begin()
    assert not handled.done(second)
    assert handled.h == 0
    assert handled.done(first)
    assert handled.h == 2
    assert not handled.done(first)
    assert handled.done(third)
    assert handled.h == 3


@given(st.permutations(range(12)), st.lists(st.integers(0, 11)))
def test_in_any_order_all_are_counted(order: list[int], twice: list[int]) -> None:
    handled = Handled()
    numbers = [handled.begin() for _ in order]
    done: set[int] = set()
    for place in [*order[:6], *twice, *order]:
        handled.done(numbers[place])
        done.add(place)
        assert handled.h == next((open_ for open_ in range(12) if open_ not in done), 12)


@given(st.data())
def test_whatever_is_cut_everything_arrives_once(data: st.DataObject) -> None:
    """A client acknowledges, loses its stream at any place, and resumes with what it has."""
    sent: Sent[int] = Sent()
    arrived: list[int] = []
    line: list[int] = []
    for number in range(30):
        sent.add(number, 1)
        line.append(number)
        move = data.draw(st.sampled_from(["go on", "read", "acknowledge", "cut"]))
        if move == "read":
            arrived += line
            line = []
        elif move == "acknowledge":
            sent.acknowledge(len(arrived))
        elif move == "cut":
            arrived += line[: data.draw(st.integers(0, len(line)))]
            sent.acknowledge(len(arrived))
            line = list(sent.waiting())
    assert arrived + line == list(range(30))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        (str(LAST), LAST),
        (str(LAST + 1), None),
        ("", None),
        ("-1", None),
        ("1" * 99, None),
    ],
)
def test_a_count_has_32_bits(text: str, count: int | None) -> None:
    assert read_count(Element("a", {"h": text} if text else {})) == count


def test_elements_are_those_of_the_document() -> None:
    assert write(smacks.answer(3)) == b"<a xmlns='urn:xmpp:sm:3' h='3'/>"
    assert write(smacks.request()) == b"<r xmlns='urn:xmpp:sm:3'/>"
    assert write(smacks.enabled("", 0)) == b"<enabled xmlns='urn:xmpp:sm:3'/>"
    assert smacks.enabled("x", 300).attributes == {"id": "x", "resume": "true", "max": "300"}
    assert smacks.resumed("x", 4).attributes == {"previd": "x", "h": "4"}
    gone = element(STANZAS, "item-not-found")
    assert smacks.failed(gone).attributes == {}
    assert smacks.failed(gone, 4).attributes == {"h": "4"}
    assert write(smacks.FEATURE) == b"<sm xmlns='urn:xmpp:sm:3'/>"
