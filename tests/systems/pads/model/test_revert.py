import time
from random import Random

import pycrdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.protocols.yjs.messages import write_update
from allmende.protocols.yjs.update import MalformedUpdate
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.merging import EMPTY, merged
from allmende.systems.pads.model.pad import Kind
from allmende.systems.pads.model.revert import revert_rows, revert_update
from tests.systems.pads.model.pens import Pen

Row = tuple[bytes, int]
CHANCE = st.randoms(use_true_random=True)


class Model:
    """What each character of a text was inserted by and deleted by: the truth for reverting."""

    def __init__(self, start: str) -> None:
        self.signs: list[tuple[str, int, set[int]]] = [(sign, 0, set()) for sign in start]

    def shown(self) -> list[int]:
        return [at for at, (_, _, gone) in enumerate(self.signs) if not gone]

    def insert(self, at: int, sign: str, author: int) -> None:
        shown = self.shown()
        place = shown[at] if at < len(shown) else len(self.signs)
        self.signs.insert(place, (sign, author, set()))

    def delete(self, at: int, author: int) -> None:
        self.signs[self.shown()[at]][2].add(author)

    def without(self, author: int) -> str:
        return "".join(
            sign for sign, by, gone in self.signs if by != author and not gone - {author}
        )


def play(edits: int, chance: Random) -> tuple[bytes, list[Row], Model, Pen]:
    """Five authors at one table: each sees all that the others wrote before."""
    pens = [Pen(100 + number) for number in range(5)]
    start = pens[0].types("am anfang war das wort")
    for pen in pens[1:]:
        pen.hear(write_update(start))
    model, rows = Model(str(pens[0])), []
    for _ in range(edits):
        author = chance.randrange(5)
        pen, length = pens[author], len(pens[author].body)
        if chance.random() < 0.3 and length > 5:
            at = chance.randrange(length)
            update = pen.deletes(at, at + 1)
            model.delete(at, author + 1)
        else:
            at, sign = chance.randrange(length + 1), chance.choice("abcdefgh")
            update = pen.types(sign, at=at)
            model.insert(at, sign, author + 1)
        rows.append((update, author + 1))
        for other in pens:
            if other is not pen:
                other.hear(write_update(update))
    return start, rows, model, pens[0]


def live(start: bytes, rows: list[Row]) -> Document:
    return Document(Kind.TEXT, [start, *(update for update, _ in rows)])


@pytest.mark.slow
@settings(max_examples=20)
@given(CHANCE)
def test_reverting_one_person_keeps_what_all_others_did(chance: Random) -> None:
    start, rows, model, _ = play(120, chance)
    document = live(start, rows)
    undone = revert_rows(Kind.TEXT, start, [(one, by == 2) for one, by in rows], 999)
    document.apply(undone)
    assert sorted(str(document.doc["body"])) == sorted(model.without(2))


@pytest.mark.slow
@settings(max_examples=10)
@given(CHANCE)
def test_restoring_brings_back_the_text_of_then_for_all_clients(chance: Random) -> None:
    start, rows, _, pen = play(80, chance)
    document = live(start, rows)
    offline = Pen(4711)
    offline.doc.apply_update(document.encoded())
    meanwhile = offline.types("!", at=0)
    document.apply(revert_update(Kind.TEXT, start, document.encoded(), 999))
    assert str(document.doc["body"]) == "am anfang war das wort"
    document.apply(meanwhile)
    for one in (pen, offline):
        one.doc.apply_update(document.encoded())
        assert str(one) == str(document.doc["body"])
        assert str(one).replace("!", "") == "am anfang war das wort"


def test_a_restore_can_itself_be_undone() -> None:
    pen = Pen(7)
    start, more = pen.types("erst das"), pen.types(" und dann das")
    document = live(start, [(more, 1), (pen.deletes(0, 4), 2)])
    before, text = document.encoded(), str(document.doc["body"])
    document.apply(revert_update(Kind.TEXT, start, before, 999))
    assert str(document.doc["body"]) == "erst das"
    document.apply(revert_update(Kind.TEXT, before, document.encoded(), 1000))
    assert str(document.doc["body"]) == text


def test_rich_text_comes_back_with_paragraphs_marks_and_attributes() -> None:
    document = Document(Kind.RICH)

    def write(doc: "pycrdt.Doc[pycrdt.XmlFragment]") -> None:
        line = pycrdt.XmlText("Beschluss")
        heading = pycrdt.XmlElement("heading", {"level": "2"}, [line])
        doc["body"].children.append(heading)
        line.format(0, 4, {"bold": True})

    def destroy(doc: "pycrdt.Doc[pycrdt.XmlFragment]") -> None:
        del doc["body"].children[0]
        doc["body"].children.append(pycrdt.XmlElement("paragraph", {}, [pycrdt.XmlText("Quatsch")]))

    document.apply(document.change_by(7, write))
    then, said = document.encoded(), str(document.doc["body"])
    document.apply(document.change_by(8, destroy))
    document.apply(revert_update(Kind.RICH, then, document.encoded(), 9))
    assert str(document.doc["body"]) == said


def test_nothing_to_undo_is_the_empty_update() -> None:
    start = Pen(7).types("a")
    document = Document(Kind.TEXT, [start])
    before = document.state_vector()
    document.apply(revert_rows(Kind.TEXT, start, [], 999))
    document.apply(revert_rows(Kind.TEXT, start, [(merged([start]), False)], 999))
    assert document.state_vector() == before


def test_rows_that_are_no_updates_are_refused() -> None:
    with pytest.raises(MalformedUpdate):
        revert_update(Kind.TEXT, b"\xff", b"\x00\x00", 999)
    with pytest.raises(MalformedUpdate):
        revert_rows(Kind.TEXT, b"\x00\x00", [(b"\xff", True)], 999)


@pytest.mark.slow
@settings(max_examples=1)
@given(CHANCE)
def test_ten_thousand_edits_are_undone_in_a_second_and_a_half_of_cpu(chance: Random) -> None:
    pen, rows = Pen(100), []
    for number in range(10_000):
        author, length = chance.randrange(5), len(pen.body)
        if number % 5 == 4:
            at = chance.randrange(length)
            rows.append((pen.deletes(at, at + 1), author))
        else:
            rows.append((pen.types("x", at=chance.randrange(length + 1)), author))
    for fate in (lambda author: author == 2, lambda author: True):
        chosen = [(update, fate(author)) for update, author in rows]
        began_s = time.process_time()
        revert_rows(Kind.TEXT, EMPTY, chosen, 9)
        assert time.process_time() - began_s <= 1.5
