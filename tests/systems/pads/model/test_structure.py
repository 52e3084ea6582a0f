from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.protocols.yjs.state import read_state_vector
from allmende.protocols.yjs.update import (
    ANY,
    BINARY,
    EMBED,
    TYPE,
    MalformedUpdate,
    read_update,
)
from allmende.protocols.yjs.varint import uint, var_bytes, var_string
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Kind
from allmende.systems.pads.model.structure import Gap, Runs, Structure
from tests.protocols.yjs.writing import (
    beside,
    deleted,
    element,
    gone,
    inside,
    item,
    mark,
    nulls,
    text,
    text_type,
    update,
)
from tests.systems.pads.model.nonsense import Vandal


def rich(*updates: bytes, limits: PadLimits | None = None) -> Document:
    document = Document(Kind.RICH, limits=limits)
    for one in updates:
        document.apply(one)
    return document


PARAGRAPH = update((7, 0, [element(), text_type(inside((7, 0))), text("a😀b", inside((7, 1)))]))
"""Clocks: 0 the paragraph, 1 its text, 2 a, 3 and 4 the face, 5 b."""


def test_text_stands_in_a_text_in_a_paragraph_with_marks_and_attributes() -> None:
    document = rich(
        PARAGRAPH,
        update((8, 0, [mark(beside((7, 2), (7, 3))), text("x", beside((7, 5)))])),
        update((9, 0, [nulls(1, inside((7, 0), "align")), nulls(1, beside((9, 0)))])),
        update((9, 2, [element(beside((7, 0))), gone(2)])),
    )
    assert [document.clock(client) for client in (7, 8, 9)] == [6, 2, 5]


@pytest.mark.parametrize(
    ("struct", "why"),
    [
        (text("x"), "may not stand there"),
        (text("x", inside((7, 0))), "may not stand there"),
        (text("x", beside((7, 0))), "may not stand there"),
        (element(inside((7, 1))), "may not stand there"),
        (nulls(1), "may not stand there"),
        (nulls(1, inside(key="a")), "may not stand there"),
        (text("x", inside((7, 0), "a")), "may not stand there"),
        (item(BINARY, var_bytes(b"x"), inside((7, 1))), "may not stand there"),
        (item(EMBED, var_string("{}"), inside((7, 1))), "may not stand there"),
        (item(TYPE, uint(0), beside((7, 0))), "may not stand there"),
        (item(ANY, b"\x01\x7e", beside((7, 2))), "may not stand there"),
        (text("x", inside((7, 2))), "a parent that holds nothing"),
        (text("x", beside((7, 2), (7, 1))), "neighbours that are none"),
        (text("x", beside((7, 3))), "half a character"),
        (text("x", beside(None, (7, 4))), "half a character"),
        (element(inside("elsewhere")), "a root that is not ours"),
    ],
)
def test_what_may_not_stand_somewhere_is_refused(struct: bytes, why: str) -> None:
    document = rich(PARAGRAPH)
    before = document.encoded()
    with pytest.raises(MalformedUpdate, match=why):
        document.apply(update((8, 0, [struct])))
    assert document.encoded() == before
    assert document.clock(8) == 0


@pytest.mark.parametrize("runs", [[(3, 1)], [(4, 1)], [(2, 2)], [(4, 2)]])
def test_half_a_character_is_not_deleted(runs: list[tuple[int, int]]) -> None:
    with pytest.raises(MalformedUpdate, match="half a character"):
        rich(PARAGRAPH).apply(update(deleted={7: runs}))


def test_a_character_is_not_split_by_sending_its_end_again() -> None:
    document = rich(
        update((7, 0, [element(), text_type(inside((7, 0))), text("ab", inside((7, 1)))]))
    )
    with pytest.raises(MalformedUpdate, match="half a character"):
        document.apply(update((7, 3, [text("😀", beside((7, 2)))])))


def test_what_is_sent_again_with_more_at_its_end_is_taken_only_from_the_same_place() -> None:
    document = rich(PARAGRAPH)
    document.apply(update((7, 5, [text("bcd", beside((7, 4)))])))
    assert document.clock(7) == 8
    with pytest.raises(MalformedUpdate, match="not what it was"):
        document.apply(update((7, 7, [deleted(4, beside((7, 0)))])))


@pytest.mark.parametrize(
    "data",
    [
        update((8, 3, [gone(1)])),
        update((8, 0, [text("x", beside((7, 6)))])),
        update((8, 0, [text("x", beside((6, 0)))])),
        update((8, 0, [text("x", inside((6, 0)))])),
        update(deleted={7: [(5, 2)]}),
        update(deleted={6: [(0, 1)]}),
    ],
)
def test_what_refers_to_something_unknown_is_a_gap(data: bytes) -> None:
    with pytest.raises(Gap):
        rich(PARAGRAPH).offer(data)


def test_structs_of_several_clients_may_refer_to_each_other_in_any_order() -> None:
    data = update(
        (9, 0, [element(beside((8, 0))), element(beside((8, 1)))]),
        (8, 0, [element(), element(beside((9, 0)))]),
    )
    document = rich(data)
    assert (document.clock(8), document.clock(9)) == (2, 2)


def test_a_circle_is_refused() -> None:
    data = update((9, 0, [element(beside((8, 0)))]), (8, 0, [element(beside((9, 0)))]))
    with pytest.raises(MalformedUpdate, match="circle"):
        rich(data)


def test_elements_are_not_nested_deeper_than_allowed() -> None:
    limits = PadLimits(nesting=5)
    chain = [element(), *(element(inside((7, depth))) for depth in range(5))]
    assert rich(update((7, 0, chain)), limits=limits).clock(7) == 6
    with pytest.raises(MalformedUpdate, match="nested too deep"):
        rich(update((7, 0, [*chain, element(inside((7, 5)))])), limits=limits)


def test_also_one_by_one_and_after_loading() -> None:
    limits = PadLimits(nesting=5)
    document = rich(update((7, 0, [element()])), limits=limits)
    for depth in range(5):
        document.apply(update((7, depth + 1, [element(inside((7, depth)))])))
    again = Document(Kind.RICH, [document.encoded()], limits=limits)
    for one in (document, again):
        with pytest.raises(MalformedUpdate, match="nested too deep"):
            one.apply(update((8, 0, [element(inside((7, 5)))])))
        one.apply(update((8, 0, [element(inside((7, 4)))])))


def test_writing_in_a_paragraph_that_was_deleted_meanwhile_is_no_crime() -> None:
    document = rich(PARAGRAPH, update(deleted={7: [(0, 1)]}))
    again = Document(Kind.RICH, [document.encoded()])
    offline = update((8, 0, [text("x", beside((7, 5))), mark(beside((8, 0)))]))
    inner = update((9, 0, [text_type(inside((7, 0)))]))
    for one in (document, again):
        one.apply(offline)
        one.apply(inner)
        assert (one.clock(8), one.clock(9)) == (2, 1)
        assert str(one.doc["body"]) == ""


def test_what_is_gone_stands_nowhere() -> None:
    document = rich(update((7, 0, [gone(3)])))
    document.apply(update((8, 0, [text("x", inside((7, 1))), text("y", beside((7, 2)))])))
    assert str(document.doc["body"]) == ""
    with pytest.raises(MalformedUpdate, match="neighbours"):
        document.apply(update((9, 0, [element(), element(beside((9, 0), (7, 0)))])))


def test_plain_text_holds_text_only() -> None:
    document = Document(Kind.TEXT)
    document.apply(update((7, 0, [text("a"), mark(beside((7, 0)))])))
    with pytest.raises(MalformedUpdate):
        document.apply(update((8, 0, [element()])))


def test_runs_find_the_place_of_each_clock() -> None:
    runs = Runs(3)
    one, two = ("body", None, False), ((7, 0), None, False)
    runs.add(5, one)
    runs.add(6, one)
    later = Runs(6)
    later.add(8, one)
    later.add(9, two)
    runs.extend(later)
    assert (runs.starts, runs.end) == ([3, 8], 9)
    assert [runs.at(clock) for clock in (3, 7, 8)] == [one, one, two]


def test_what_yrs_left_on_our_disk_after_nonsense_is_loaded_all_the_same() -> None:
    structure = Structure(Kind.RICH, 50)
    data = update(
        (7, 0, [element(beside((7, 0))), text("x", beside((6, 4))), element(inside("other"))]),
        (8, 0, [element(beside((9, 0))), element(inside((8, 0)))]),
        (9, 0, [element(beside((8, 0)))]),
        deleted={4: [(0, 9)]},
    )
    structure.commit(structure.stage(read_update(data, trusted=True), trusted=True))
    assert [structure.clock(client) for client in (7, 8, 9)] == [3, 2, 1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=30)
@given(chance=st.randoms(use_true_random=True))
def test_no_nonsense_that_is_let_in_breaks_the_document(kind: Kind, chance: Random) -> None:
    document, taken = Document(kind), 0
    vandal = Vandal(document, chance)
    for _ in range(100):
        try:
            offer = document.offer(vandal.writes())
        except (Gap, MalformedUpdate):
            continue
        document.accept(offer)
        taken += 1
    known = {client: document.clock(client) for client in document.clients()}
    assert taken
    assert read_state_vector(document.state_vector()) == known
    again = Document(kind, [document.encoded()])
    assert {client: again.clock(client) for client in again.clients()} == known
