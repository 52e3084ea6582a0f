"""Letters typed in one go become one struct, and the text is the same to the last letter."""

import random
from typing import Any

import pycrdt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.yjs.joining import joined
from allmende.protocols.yjs.update import read_update
from allmende.protocols.yjs.varint import Malformed


class Pen:
    """A document that keeps the update of each of its edits."""

    def __init__(self, client: int, kind: Any = pycrdt.Text) -> None:
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client)
        self.body = self.doc.get("body", type=kind)
        self.updates: list[bytes] = []
        self.doc.observe(lambda event: self.updates.append(event.update))

    def merged(self) -> bytes:
        return pycrdt.merge_updates(*self.updates)


def text_of(*updates: bytes) -> str:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    for update in updates:
        doc.apply_update(update)
    return str(doc.get("body", type=pycrdt.Text))


def structs(update: bytes) -> int:
    return sum(len(run) for run in read_update(update).structs.values())


@pytest.mark.parametrize("word", ["allmende", "größer", "🌱🌳 und mehr", "e\u0301"])
def test_a_word_typed_letter_by_letter_is_one_struct(word: str) -> None:
    pen = Pen(7)
    for letter in word:
        pen.body += letter
    shorter = joined(pen.merged())
    assert structs(shorter) == 1
    assert text_of(shorter) == word
    assert read_update(shorter).ranges == read_update(pen.merged()).ranges


def test_what_was_typed_elsewhere_or_deleted_stays_apart() -> None:
    pen = Pen(7)
    for place, letter in ((0, "a"), (1, "b"), (0, "x"), (1, "y"), (4, "c")):
        pen.body.insert(place, letter)
    del pen.body[1:2]
    pen.body.insert(1, "z")
    merged = pen.merged()
    shorter = joined(merged)
    assert 1 < structs(shorter) < structs(merged)
    assert text_of(shorter) == str(pen.body)
    assert read_update(shorter).deleted == read_update(merged).deleted


def test_a_gap_between_two_pieces_stays_a_gap() -> None:
    pen = Pen(7)
    for letter in "abcd":
        pen.body += letter
    first, missing, *last = pen.updates
    shorter = joined(pycrdt.merge_updates(first, *last))
    assert read_update(shorter).ranges == {7: [(0, 1), (2, 4)]}
    assert text_of(shorter, missing) == "abcd"


def test_rich_text_is_joined_inside_of_its_paragraphs() -> None:
    pen = Pen(7, pycrdt.XmlFragment)
    paragraph = pen.body.children.append(pycrdt.XmlElement("paragraph"))
    words = paragraph.children.append(pycrdt.XmlText())
    for place, letter in enumerate("hallo"):
        words.insert(place, letter)
    words.format(0, 2, {"bold": True})
    shorter = joined(pen.merged())
    again: pycrdt.Doc[Any] = pycrdt.Doc()
    again.apply_update(shorter)
    assert str(again.get("body", type=pycrdt.XmlFragment)) == str(pen.body)
    assert len(shorter) < len(pen.merged())


def test_what_is_garbage_already_is_passed_over() -> None:
    pen = Pen(7, pycrdt.XmlFragment)
    pen.body.children.append(pycrdt.XmlElement("paragraph", {}, [pycrdt.XmlText("weg")]))
    del pen.body.children[0]
    whole = pen.doc.get_update()
    assert read_update(joined(whole)) == read_update(whole)


def test_values_of_maps_are_left_alone() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc["map"] = pycrdt.Map({"key": {"a": 1}})
    assert joined(doc.get_update()) == doc.get_update()


def test_attributes_of_elements_are_left_alone() -> None:
    pen = Pen(7, pycrdt.XmlFragment)
    heading = pen.body.children.append(pycrdt.XmlElement("heading"))
    heading.attributes["id"] = "x"
    assert joined(pen.merged()) == pen.merged()


def test_keys_of_text_are_kept() -> None:
    """A text under a key in a map: no editor of ours does that, a foreign one may."""
    # One client 1 from clock 0: a string "ab" under the key "k" of the root "r".
    update = bytes((1, 1, 1, 0, 0x24, 1, 1, 0x72, 1, 0x6B, 2, 0x61, 0x62, 0))
    assert joined(update) == update


@pytest.mark.parametrize("cut", range(1, 20))
def test_what_is_cut_off_is_malformed_or_comes_back_shorter(cut: int) -> None:
    pen = Pen(7)
    for letter in "abc":
        pen.body += letter
    try:
        joined(pen.merged()[:-cut])
    except Malformed:
        return
    assert cut == 1  # the delete set is not looked at


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 60))
def test_any_edits_of_three_people_say_the_same_when_joined(seed: int, steps: int) -> None:
    chance = random.Random(seed)
    pens = [Pen(client) for client in (5, 1 << 31, 77)]
    rows: list[bytes] = []
    for _ in range(steps):
        pen = chance.choice(pens)
        pen.updates.clear()
        for _ in range(chance.randint(1, 8)):
            size = len(pen.body)
            if size and chance.random() < 0.25:
                at = chance.randrange(size)
                del pen.body[at : at + 1]
            else:
                at = chance.choice((size, chance.randint(0, size)))
                pen.body.insert(at, chance.choice(("a", "b", "cd")))
        row = pen.merged()
        rows.append(joined(row))
        assert len(rows[-1]) <= len(row)
        if chance.random() < 0.5:
            for other in pens:
                other.doc.apply_update(row)
    for pen in pens:
        for other in pens:
            pen.doc.apply_update(other.doc.get_update())
    assert text_of(*rows) == str(pens[0].body)
    assert text_of(joined(pycrdt.merge_updates(*rows))) == str(pens[0].body)
