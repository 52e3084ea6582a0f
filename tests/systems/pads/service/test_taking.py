"""A document of strangers is looked at like one that a browser sends."""

import pycrdt
import pytest

from allmende.protocols.yjs.update import MalformedUpdate
from allmende.systems.pads.model.document import ROOT, Document
from allmende.systems.pads.model.pad import Kind
from allmende.systems.pads.service.taking import checked


def written(text: str) -> bytes:
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    doc[ROOT] = pycrdt.Text(text)
    return doc.get_update()


def test_a_good_document_comes_back_as_it_was() -> None:
    once = checked(Kind.TEXT, written("hallo"))
    assert str(Document(Kind.TEXT, [once]).doc.get(ROOT, type=pycrdt.Text)) == "hallo"
    assert checked(Kind.TEXT, once) == once


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x00", b"\xff" * 100, written("hallo")[:-3]],
    ids=["empty", "zero", "ones", "cut"],
)
def test_what_is_no_document_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        checked(Kind.TEXT, payload)


def test_a_text_is_no_rich_text() -> None:
    with pytest.raises(MalformedUpdate):
        checked(Kind.RICH, written("hallo"))
