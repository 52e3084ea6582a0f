from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

import pytest

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.protobuf import DELIMITED, FLOAT, STRING, UINT32, VARINT, tag
from allmende.protocols.mumble.table import (
    MAX_FIELDS,
    MAX_NESTING,
    MAX_REPEATED,
    Bounds,
    Enumerated,
    Many,
    Nested,
    One,
    Table,
)


class Colour(IntEnum):
    RED = 0
    BLACK = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    name: Annotated[str, One(1, STRING)]
    numbers: Annotated[Sequence[int], Many(2, UINT32)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    leaves: Annotated[Sequence[Leaf], Many(3, Nested(Leaf))] = ()
    best: Annotated[Leaf | None, One(1, Nested(Leaf))] = None
    colour: Annotated[Colour | None, One(2, Enumerated(Colour))] = None
    colours: Annotated[Sequence[Colour], Many(4, Enumerated(Colour))] = ()
    weights: Annotated[Sequence[float], Many(5, FLOAT)] = ()


LEAF = Table(Leaf)
TREE = Table(Tree)


def test_a_message_with_everything_comes_back() -> None:
    tree = Tree(
        leaves=(Leaf(name="a", numbers=(1, 300)), Leaf(name="")),
        best=Leaf(name="b"),
        colour=Colour.BLACK,
        colours=(Colour.RED, Colour.BLACK),
        weights=(0.5, -2.0),
    )
    assert TREE.decode(TREE.encode(tree)) == tree


def test_fields_are_written_in_the_order_of_their_numbers() -> None:
    written = TREE.encode(Tree(colour=Colour.BLACK, best=Leaf(name="b")))
    assert written == b"\x0a\x03\x0a\x01b\x10\x01"


def test_an_empty_message_is_no_bytes_and_back() -> None:
    assert TREE.encode(Tree()) == b""
    assert TREE.decode(b"") == Tree()


def test_what_the_table_does_not_know_is_skipped() -> None:
    strange = tag(99, VARINT) + b"\x01" + tag(98, DELIMITED) + b"\x01x"
    wrong_type = tag(1, VARINT) + b"\x05"
    assert LEAF.decode(strange + b"\x0a\x01a" + wrong_type) == Leaf(name="a")


def test_of_a_field_that_comes_twice_the_last_one_counts() -> None:
    assert LEAF.decode(b"\x0a\x01a\x0a\x01b") == Leaf(name="b")


def test_a_member_that_an_enum_does_not_have_is_as_if_absent() -> None:
    assert TREE.decode(b"\x10\x07") == Tree()
    assert TREE.decode(b"\x20\x07\x20\x01") == Tree(colours=(Colour.BLACK,))


def test_numbers_of_a_sequence_may_be_packed() -> None:
    assert LEAF.decode(b"\x0a\x00\x12\x03\x01\xac\x02\x10\x05").numbers == (1, 300, 5)
    assert TREE.decode(b"\x2a\x08\x00\x00\x00\x3f\x00\x00\x00\xc0").weights == (0.5, -2.0)


def test_a_sequence_of_another_type_is_skipped() -> None:
    assert LEAF.decode(b"\x0a\x00\x15abcd").numbers == ()


def test_packed_numbers_that_are_cut_off_are_refused() -> None:
    with pytest.raises(MumbleMalformed, match="cut off"):
        TREE.decode(b"\x2a\x03abc")
    with pytest.raises(MumbleMalformed, match="cut off"):
        LEAF.decode(b"\x0a\x00\x12\x01\x80")


def test_a_field_that_must_be_there_is_missed() -> None:
    with pytest.raises(MumbleMalformed, match="missing"):
        LEAF.decode(b"")
    with pytest.raises(MumbleMalformed, match="missing"):
        TREE.decode(b"\x0a\x00")


@pytest.mark.parametrize("packed", [True, False])
def test_1024_entries_pass_and_one_more_does_not(packed: bool) -> None:
    def numbers(count: int) -> bytes:
        if packed:
            return b"\x0a\x00\x12" + bytes((count & 0x7F | 0x80, count >> 7)) + b"\x01" * count
        return b"\x0a\x00" + b"\x10\x01" * count

    assert len(LEAF.decode(numbers(MAX_REPEATED)).numbers) == MAX_REPEATED
    with pytest.raises(MumbleMalformed, match="too many entries"):
        LEAF.decode(numbers(MAX_REPEATED + 1))


def test_entries_are_counted_over_all_messages_inside() -> None:
    inner = b"\x0a\x00" + b"\x10\x01" * 600
    outer = b"\x1a" + bytes((len(inner) & 0x7F | 0x80, len(inner) >> 7)) + inner
    assert len(TREE.decode(outer).leaves) == 1
    with pytest.raises(MumbleMalformed, match="too many entries"):
        TREE.decode(outer * 2)


def test_fields_that_nobody_knows_are_counted_too() -> None:
    unknown = tag(99, VARINT) + b"\x01"
    assert TREE.decode(unknown * MAX_FIELDS) == Tree()
    with pytest.raises(MumbleMalformed, match="too many fields"):
        TREE.decode(unknown * (MAX_FIELDS + 1))


def test_messages_are_nested_four_deep_at_most() -> None:
    bounds = Bounds()
    for _ in range(MAX_NESTING):
        bounds.enter()
    with pytest.raises(MumbleMalformed, match="nested"):
        bounds.enter()


def test_coming_out_of_a_message_makes_room_for_the_next() -> None:
    assert len(TREE.decode(b"\x1a\x02\x0a\x00" * 20).leaves) == 20


def test_only_a_dataclass_has_a_table() -> None:
    with pytest.raises(TypeError):
        Table(int)
