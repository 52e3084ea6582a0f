from random import Random
from typing import Any

import pycrdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.protocols.yjs.state import read_state_vector
from allmende.protocols.yjs.update import MalformedUpdate, read_update
from allmende.systems.pads.model.document import Document, Offer
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.merging import merged
from allmende.systems.pads.model.pad import Kind
from tests.protocols.yjs.writing import beside, element, mark, text, update
from tests.systems.pads.model.pens import Pen


def test_parts_in_any_order_make_the_same_document() -> None:
    pen = Pen(7)
    parts = [pen.types(f"{number} ") for number in range(50)]
    again = parts[20:] + parts[:30]
    for mixed in (parts, parts[::-1], again):
        assert str(Document(Kind.TEXT, mixed).doc["body"]) == str(pen)


def test_a_document_knows_what_it_knows() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("äb")], guid="g")
    assert (document.clock(7), document.clock(8)) == (2, 0)
    assert read_state_vector(document.state_vector()) == {7: 2}
    assert document.text_bytes == 3
    assert (document.kind, document.doc.guid) == (Kind.TEXT, "g")
    assert list(document.clients()) == [7]


def test_the_whole_document_is_encoded_once_for_all_who_ask() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("a")])
    assert document.encoded() is document.encoded() is document.diff(b"\0")
    before = document.encoded()
    document.apply(pen.types("b"))
    assert document.encoded() != before


def test_somebody_gets_only_what_is_missing() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("a" * 100)])
    known = document.state_vector()
    document.apply(pen.types("b"))
    missing = document.diff(known)
    assert read_update(missing).ranges == {7: [(100, 101)]}
    with pytest.raises(MalformedUpdate):
        document.diff(b"\x05")


def test_deleted_text_is_thrown_away() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("geheim und viel davon")])
    document.apply(pen.deletes(0, 6))
    assert b"geheim" not in document.encoded()


def test_what_is_refused_changes_nothing() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("a")])
    before = document.encoded()
    pen.types("b")
    for bad in (b"", b"\xff\xff", update((9, 0, [element()])), pen.types("c")):
        with pytest.raises(MalformedUpdate):
            document.apply(bad)
    assert document.encoded() is before


def test_what_is_known_already_is_no_news_also_what_is_deleted() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("hallo")])
    removed = pen.deletes(0, 2)
    assert document.accept(document.offer(removed))
    for known in (removed, pen.doc.get_update(), pen.doc.get_update(pen.doc.get_state())):
        assert not document.accept(document.offer(known))


def test_what_is_said_again_differently_is_cut_off() -> None:
    document = Document(Kind.TEXT, [update((5, 0, [text("abc")]))])
    first = document.offer(update((5, 3, [text("def", beside((5, 2)))])))
    document.accept(first)
    again = document.offer(update((5, 3, [text("xyzgh", beside((5, 2)))])))
    document.accept(again)
    assert str(document.doc["body"]) == "abcdefgh"
    assert read_update(again.update).ranges == {5: [(6, 8)]}
    later = merged([update((5, 0, [text("abc")])), first.update, again.update])
    assert str(Document(Kind.TEXT, [later]).doc["body"]) == "abcdefgh"


def test_what_yrs_cannot_apply_in_the_end_is_undone_as_a_whole() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("a")])
    document.apply(pen.types("b"))
    good = document.offer(update((9, 0, [text("x", beside((7, 1)))])))
    broken = update((9, 0, [text("y"), mark()]), (10, 0, [text("z", beside((9, 0)))]))[:-4]
    with pytest.raises(MalformedUpdate):
        document.accept(Offer(broken, good.shape, good.stage))
    assert str(document.doc["body"]) == "ab"
    document.apply(pen.types("c"))
    assert str(document.doc["body"]) == "abc"
    assert document.clock(9) == 0


def test_parts_that_are_no_updates_are_refused() -> None:
    for parts in ([b"\xff"], [b"\xff", b"\xff"]):
        with pytest.raises(MalformedUpdate):
            Document(Kind.TEXT, parts)


def test_thousands_of_edits_are_not_kept_one_by_one() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT)
    for _ in range(1_001):
        document.apply(pen.types("x"))
    assert len(document.encoded()) < 1_100


def test_a_change_is_made_on_a_copy_in_the_name_of_a_client() -> None:
    document = Document(Kind.RICH)

    def change(doc: "pycrdt.Doc[Any]") -> None:
        paragraph = pycrdt.XmlElement("paragraph", {"level": "2"}, [pycrdt.XmlText("neu")])
        doc["body"].children.append(paragraph)

    made = document.change_by(77, change)
    assert str(document.doc["body"]) == ""
    document.apply(made)
    assert "neu" in str(document.doc["body"])
    assert list(document.clients()) == [77]


def test_a_full_document_says_so_before_it_takes_anything() -> None:
    pen = Pen(7)
    document = Document(Kind.TEXT, [pen.types("x" * 60)], limits=PadLimits(text_bytes=100))
    assert document.fits(read_update(pen.types("y" * 40)))
    more = read_update(pen.types("z" * 41))
    assert not document.fits(more)
    document.apply(update(deleted={7: [(0, 50)]}))
    assert document.fits(more)
    assert document.text_bytes == 10


@pytest.mark.slow
@settings(max_examples=10)
@given(st.randoms(use_true_random=True))
def test_mutated_updates_raise_nothing_else_and_change_nothing(chance: Random) -> None:
    pen = Pen(7)
    good = [pen.types("hallo "), pen.types("wörld 😀"), pen.deletes(2, 4), pen.types("x", at=3)]
    document = Document(Kind.TEXT, [good[0]])
    for number in range(600):
        data = bytearray(good[number % 4])
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        before = document.state_vector()
        try:
            document.apply(bytes(data))
        except MalformedUpdate:
            assert document.state_vector() == before
    known = {client: document.clock(client) for client in document.clients()}
    assert read_state_vector(document.state_vector()) == known
