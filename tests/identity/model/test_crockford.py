"""Codes on paper: read as they were meant, and mistakes noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.identity.model.crockford import (
    ALPHABET,
    check_character,
    grouped,
    is_whole,
    meant,
    random_code,
)

CODES = st.text(ALPHABET, min_size=1, max_size=25)


def whole(code: str) -> str:
    return code + check_character(code)


def test_the_alphabet_is_crockfords() -> None:
    assert len(ALPHABET) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert set(random_code(1_000)) == set(ALPHABET)


@given(CODES)
def test_a_code_closes_with_its_check_character_and_no_other(code: str) -> None:
    for last in ALPHABET:
        assert is_whole(code + last, len(code) + 1) == (last == check_character(code))


@given(CODES, st.data())
def test_one_wrong_character_is_noticed(code: str, data: st.DataObject) -> None:
    closed = whole(code)
    place = data.draw(st.integers(0, len(closed) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda one: one != closed[place]))
    assert not is_whole(closed[:place] + other + closed[place + 1 :], len(closed))


@given(CODES, st.data())
def test_two_neighbours_exchanged_are_noticed(code: str, data: st.DataObject) -> None:
    closed = whole(code)
    place = data.draw(st.integers(0, len(closed) - 2))
    left, right = closed[place], closed[place + 1]
    exchanged = closed[:place] + right + left + closed[place + 2 :]
    assert is_whole(exchanged, len(closed)) == (left == right)


@pytest.mark.parametrize("code", ["", "A", "AB", "ABU", "ABC!", "ABÄ"])
def test_what_is_too_short_or_of_other_characters_is_no_code(code: str) -> None:
    assert not is_whole(code, 3)


@given(CODES)
def test_small_letters_blanks_and_hyphens_are_read_as_they_were_meant(code: str) -> None:
    assert meant(grouped(code.lower(), 5)) == code
    assert meant(" ".join(code)) == code
    assert meant("oIl") == "011"


def test_groups_are_joined_by_hyphens() -> None:
    assert grouped("ABCDEFG", 3) == "ABC-DEF-G"
