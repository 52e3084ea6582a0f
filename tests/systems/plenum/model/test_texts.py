"""What people type: cleaned, or refused with the field it stands in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.systems.plenum.model.texts import (
    MAX_TITLE_CHARS,
    clean_line,
    clean_note,
    clean_title,
)


def test_what_fits_is_kept_with_single_blanks() -> None:
    assert clean_title("  zwei \u00a0 Worte ") == "zwei Worte"
    assert clean_title("x" * MAX_TITLE_CHARS) == "x" * MAX_TITLE_CHARS
    assert clean_note("\r\n\teins \r\n\r\nzwei\n") == "    eins\n\nzwei"


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x7f", "\x85", "\n", "\u2028", "\ud800"])
def test_control_characters_are_refused_with_their_field(char: str) -> None:
    with pytest.raises(InvalidInput, match="characters-refused") as refused:
        clean_line(f"a{char}b", "presenter", 9)
    assert refused.value.values["field"] == "presenter"


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    for clean in (clean_note, lambda one: clean_line(one, "title", 200)):
        try:
            once = clean(text)
        except InvalidInput:
            continue
        assert clean(once) == once
