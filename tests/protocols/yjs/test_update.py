import random
from collections.abc import Sequence
from contextlib import suppress

import pycrdt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.yjs.state import read_state_vector
from allmende.protocols.yjs.update import (
    ANY,
    BINARY,
    DELETED,
    EMBED,
    FORMAT,
    GC,
    JSON,
    MOST_CLOCKS,
    STRING,
    SUBDOCUMENT,
    TYPE,
    XML_ELEMENT,
    MalformedUpdate,
    Struct,
    UpdateShape,
    read_update,
)
from allmende.protocols.yjs.varint import uint, var_bytes, var_string
from tests.protocols.yjs.writing import (
    beside,
    deleted,
    element,
    gone,
    inside,
    item,
    mark,
    nulls,
    skip,
    text,
    update,
)
from tests.protocols.yjs.writing import text_type as xml_text

EDITS = st.lists(
    st.tuples(st.sampled_from("itdmpa"), st.integers(0, 500), st.sampled_from(["a", "äö", "😀!"])),
    min_size=1,
    max_size=40,
)


def written_by(client: int, edits: Sequence[tuple[str, int, str]]) -> Sequence[bytes]:
    """The updates of a rich text that somebody edits with pycrdt."""
    doc: pycrdt.Doc[pycrdt.XmlFragment] = pycrdt.Doc(client_id=client)
    body = doc.get("body", type=pycrdt.XmlFragment)
    updates: list[bytes] = []
    doc.observe(lambda event: updates.append(event.update))
    for act, where, what in edits:
        if act == "p" or not len(body.children):
            paragraph = pycrdt.XmlElement("paragraph")
            body.children.insert(where % (len(body.children) + 1), paragraph)
            paragraph.children.append(pycrdt.XmlText(what))
        chosen = body.children[where % len(body.children)]
        assert isinstance(chosen, pycrdt.XmlElement)
        line = chosen.children[0]
        assert isinstance(line, pycrdt.XmlText)
        if act == "i":
            line.insert(0, what)
        elif act == "t":
            line += what
        elif act == "m":
            line.format(0, len(line), {"bold": True})
        elif act == "a":
            chosen.attributes["level"] = what
        elif act == "d":
            del body.children[where % len(body.children)]
    return updates


@pytest.mark.slow
@given(EDITS)
def test_the_ranges_are_what_pycrdt_knows_after_applying(edits: list[tuple[str, int, str]]) -> None:
    updates = written_by(2**32 - 1, edits)
    doc: pycrdt.Doc[pycrdt.XmlFragment] = pycrdt.Doc()
    for one in updates:
        before = read_state_vector(doc.get_state())
        shape = read_update(one)
        doc.apply_update(one)
        after = read_state_vector(doc.get_state())
        for client in shape.ranges:
            assert shape.first(client) == before.get(client, 0)
            assert shape.end(client) == after[client]
        assert set(shape.ranges) == {one for one in after if after[one] != before.get(one, 0)}


@pytest.mark.slow
@given(EDITS, EDITS, st.randoms(use_true_random=False))
def test_merged_in_any_order_it_holds_the_same(
    one: list[tuple[str, int, str]], other: list[tuple[str, int, str]], chance: random.Random
) -> None:
    updates = [*written_by(3, one), *written_by(4, other)]
    whole = read_update(pycrdt.merge_updates(*updates))
    chance.shuffle(updates)
    cut = chance.randrange(len(updates) + 1)
    parts = [
        read_update(pycrdt.merge_updates(*part)) for part in (updates[:cut], updates[cut:]) if part
    ]
    clocks = {
        (client, at) for part in parts for client in part.ranges for at in covered(part, client)
    }
    assert clocks == {(client, at) for client in whole.ranges for at in covered(whole, client)}
    assert whole.text_bytes == sum(read_update(one).text_bytes for one in updates)


def covered(shape: UpdateShape, client: int) -> set[int]:
    ranges = shape.ranges[client]
    return {at for start, end in ranges for at in range(start, end)}


@pytest.mark.slow
@given(EDITS)
def test_a_whole_document_is_read_with_what_is_gone(edits: list[tuple[str, int, str]]) -> None:
    doc: pycrdt.Doc[pycrdt.XmlFragment] = pycrdt.Doc()
    for one in written_by(9, edits):
        doc.apply_update(one)
    shape = read_update(doc.get_update())
    assert shape.ranges == {9: [(0, read_state_vector(doc.get_state())[9])]}
    assert shape.needs == {}


@pytest.mark.slow
@given(EDITS, st.randoms(use_true_random=False))
def test_a_mutated_update_raises_nothing_but_malformed(
    edits: list[tuple[str, int, str]], chance: random.Random
) -> None:
    data = bytearray(chance.choice(written_by(5, edits)))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
    with suppress(MalformedUpdate):
        read_update(bytes(data))


def test_a_gap_parts_the_runs_of_a_client() -> None:
    shape = read_update(update((7, 0, [text("ab"), skip(3), text("c", beside((7, 4)))])))
    assert shape.ranges == {7: [(0, 2), (5, 6)]}
    assert (shape.first(7), shape.end(7)) == (0, 6)
    assert shape.kinds == {STRING}


def test_a_gap_at_the_beginning_or_end_is_no_run() -> None:
    assert read_update(update((7, 0, [skip(3), text("c"), skip(2)]))).ranges == {7: [(3, 4)]}
    assert read_update(update((7, 0, [skip(3)]))).is_empty


def test_each_kind_of_content_has_its_length() -> None:
    values = (
        b"\x7f\x7e\x7d\xc1\x01\x7c\0\0\0\0\x7b" + bytes(8) + b"\x7a" + bytes(8) + b"\x79\x78"
        b"\x77\x01a\x76\x01\x01k\x75\x02\x7e\x7e\x74\x02ab"
    )
    structs = [
        gone(3),
        deleted(2),
        item(BINARY, var_bytes(b"abc")),
        text("ä😀"),
        item(EMBED, var_string("{}")),
        mark(),
        element(),
        xml_text(),
        item(ANY, uint(11) + values),
        nulls(2, inside((7, 1), "key")),
    ]
    shape = read_update(update((7, 0, structs)))
    assert [one.end - one.clock for one in shape.structs[7]] == [3, 2, 1, 3, 1, 1, 1, 1, 11, 2]
    assert shape.kinds == {GC, DELETED, BINARY, STRING, EMBED, FORMAT, TYPE, ANY}
    assert shape.text_bytes == 6
    assert shape.halves == {(7, 8)}


def test_a_struct_says_where_it_stands() -> None:
    shape = read_update(
        update((7, 3, [element(beside((8, 1), (7, 2))), nulls(1, inside((9, 4), "k"))]))
    )
    assert shape.structs[7] == [
        Struct(7, 3, 4, TYPE, (8, 1), (7, 2), None, None, XML_ELEMENT),
        Struct(7, 4, 5, ANY, None, None, (9, 4), "k", -1),
    ]
    assert shape.needs == {8: 2, 9: 5}


def test_what_is_deleted_is_read_for_any_client() -> None:
    shape = read_update(update(deleted={7: [(0, 2), (5, 1)], 8: []}))
    assert shape.deleted == {7: [(0, 2), (5, 6)]}
    assert not shape.is_empty


def test_an_update_of_nothing_is_empty() -> None:
    assert read_update(b"\x00\x00").is_empty


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "cut off"),
        (update() + b"\0", "more than"),
        (update((7, 0, [text("a")]))[:-3], "cut off"),
        (uint(1) + uint(2**50) + uint(7) + uint(0) + text("a"), "cut off"),
        (update((7, 0, [text("a")]), (7, 1, [text("b")])), "a client twice"),
        (update((7, 0, [text("")])), "no length"),
        (update((7, 0, [gone(0)])), "no length"),
        (update((7, 0, [nulls(0)])), "no length"),
        (update(deleted={7: [(0, 0)]}), "no length"),
        (update((7, 0, [gone(MOST_CLOCKS), gone(1)])), "a clock above"),
        (update((7, 0, [text("a", beside((8, MOST_CLOCKS)))])), "a clock above"),
        (update(deleted={7: [(MOST_CLOCKS, 1)]}), "a clock above"),
        (update((7, 0, [text("a", beside((7, 0)))])), "what comes later"),
        (update((7, 0, [text("a", (0, b"\x02"))])), "neither a root"),
        (update((7, 0, [item(SUBDOCUMENT, var_string("g"))])), "a sub-document"),
        (update((7, 0, [item(JSON, b"\x01\x011")])), "unknown kind of content"),
        (update((7, 0, [item(11, b"")])), "unknown kind of content"),
        (update((7, 0, [item(TYPE, b"\x05\x01a")])), "unknown kind of type"),
        (update((7, 0, [item(TYPE, b"\x07")])), "unknown kind of type"),
        (update((7, 0, [item(STRING, b"\x02\xc3\x28")])), "not UTF-8"),
        (update((7, 0, [item(ANY, b"\x01\x73")])), "unknown kind of value"),
        (update((7, 0, [item(ANY, b"\x01\x7d" + b"\x80" * 10)])), "too long"),
        (update((7, 0, [item(ANY, b"\x01" + b"\x75\x01" * 60 + b"\x7e")])), "nested too deep"),
        (update((7, 0, [item(ANY, b"\x01\x76" + uint(2**40))])), "cut off"),
    ],
)
def test_a_bad_update_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(MalformedUpdate, match=why):
        read_update(data)


def test_what_yrs_left_on_our_disk_after_nonsense_is_read_all_the_same() -> None:
    data = update((7, 0, [text(""), gone(0), text("a", beside((7, 0)))]))
    assert read_update(data, trusted=True).ranges == {7: [(0, 1)]}
