"""The agenda as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import AllmendeError, InvalidInput, QuotaExceeded
from allmende.systems.plenum.model.agenda import MAX_ITEMS, ItemKind, NewItem, new_item
from allmende.systems.plenum.model.listing import (
    MAX_LISTING_CHARS,
    read_listing,
    write_listing,
)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("1. Title (10 min, decision)", ("Title", ItemKind.DECISION, 10, "")),
        ("2) Titel (5 min, Entscheidung)", ("Titel", ItemKind.DECISION, 5, "")),
        ("- Runde (15 Minuten, Info, Ana)", ("Runde", ItemKind.INFO, 15, "Ana")),
        ("* [ ] Runde (15', Ana Maria)", ("Runde", ItemKind.DISCUSSION, 15, "Ana Maria")),
        ("Runde (15 min., Änne)", ("Runde", ItemKind.DISCUSSION, 15, "Änne")),
        ("1. Pause (10 MIN)", ("Pause", ItemKind.BREAK, 10, "")),
        ("Nur ein Titel", ("Nur ein Titel", ItemKind.DISCUSSION, 10, "")),
        ("3. Fest (draußen) (20 min)", ("Fest (draußen)", ItemKind.DISCUSSION, 20, "")),
        ("3. Fest (20 Personen)", ("Fest (20 Personen)", ItemKind.DISCUSSION, 10, "")),
        ("2026 wird gut", ("2026 wird gut", ItemKind.DISCUSSION, 10, "")),
    ],
)
def test_lines_are_read_forgivingly(line: str, item: tuple[str, ItemKind, int, str]) -> None:
    (read,) = read_listing(line)
    assert (read.title, read.kind, read.minutes, read.presenter) == item


def test_indented_lines_are_a_note_and_headings_and_blanks_are_nothing() -> None:
    text = "# Tagesordnung\r\n\r\n1. Eins\r\n   erst\r\n   - dann\r\n\r\n2. Zwei\n\tso\n"
    assert [(item.title, item.note) for item in read_listing(text)] == [
        ("Eins", "erst\n- dann"),
        ("Zwei", "so"),
    ]
    assert read_listing("") == read_listing("\n \n# x\n") == ()


def test_what_is_too_much_is_refused() -> None:
    with pytest.raises(QuotaExceeded):
        read_listing("x\n" * (MAX_ITEMS + 1))
    with pytest.raises(QuotaExceeded):
        read_listing("x" * (MAX_LISTING_CHARS + 1))
    with pytest.raises(InvalidInput, match="minutes-refused"):
        read_listing("1. x (0 min)")
    with pytest.raises(InvalidInput, match="too-long"):
        read_listing("x " * 200_000 + "(")


LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
TEXTS = st.text(LETTERS, max_size=40)


def clean(title: str, kind: ItemKind, minutes: int, presenter: str, note: str) -> NewItem | None:
    try:
        return new_item(title, kind, minutes, presenter, note)
    except InvalidInput:
        return None


ITEMS = st.builds(
    clean,
    st.builds("{}x{}".format, st.sampled_from(["", "- ", "1. ", "# ", "("]), TEXTS),
    st.sampled_from(ItemKind),
    st.integers(1, 240),
    TEXTS.map(lambda text: text.replace("(", "").replace(")", "")),
    st.lists(TEXTS, max_size=3).map("\n".join),
)


@given(st.lists(ITEMS.filter(bool), max_size=5), st.sampled_from(["de", "en"]))
def test_what_is_written_is_read_back(items: list[NewItem], language: str) -> None:
    assert list(read_listing(write_listing(items, language))) == items


def test_a_presenter_with_brackets_is_left_out() -> None:
    item = NewItem(title="x", presenter="Ana (they)")
    assert write_listing([item], "en") == "1. x (10 min, discussion)\n"


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        count = len(read_listing(text))
    except AllmendeError:
        count = 0
    assert count <= MAX_ITEMS
