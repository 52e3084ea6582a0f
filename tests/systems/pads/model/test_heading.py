"""A pad is called like its first line."""

from typing import Any

import pycrdt
import pytest

from allmende.systems.pads.model.heading import MAX_TITLE_CHARS, title_of
from allmende.systems.pads.model.pad import Kind


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        ("\n \n# Plenum am Montag\nText", "Plenum am Montag"),
        ("###\n\u202e\nerste", "erste"),
        ("x" * 200, "x" * (MAX_TITLE_CHARS - 1) + "…"),
    ],
)
def test_the_first_line_of_a_plain_text_that_says_something(text: str, title: str) -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc["body"] = pycrdt.Text(text)
    assert title_of(doc, Kind.TEXT) == title


def test_the_first_words_of_rich_text_without_any_markup() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc["body"] = body = pycrdt.XmlFragment()
    body.children.append(pycrdt.XmlElement("paragraph"))
    heading = body.children.append(pycrdt.XmlElement("heading"))
    words = heading.children.append(pycrdt.XmlText())
    words.insert(0, "Plenum <b>", {"bold": {}})
    words.insert(10, "heute", {})
    assert title_of(doc, Kind.RICH) == "Plenum <b>heute"


def test_nothing_at_all_has_no_title() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc["body"] = pycrdt.XmlFragment()
    assert title_of(doc, Kind.RICH) == ""
