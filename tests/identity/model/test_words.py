"""Words: two lists of our own, and what people make of them."""

import re

import pytest

from allmende.core.errors import InvalidInput
from allmende.identity.model.words import (
    BEGINNING_CHARS,
    INVITE_WORDS,
    LIST_WORDS,
    PASSWORD_WORDS,
    Words,
    distance,
    nearest,
    numbers_of,
    read_list,
    typed_words,
)
from tests.identity.town import GOOD

WORDS = Words()
NUMBERS = (0, 1, 700, 1024, 2047, 5)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_list_has_2048_plain_words_that_four_letters_tell_apart(language: str) -> None:
    known = read_list(language)
    assert len(known.words) == LIST_WORDS == len(known.numbers) == len(known.beginnings)
    assert list(known.words) == sorted(known.words)
    assert all(re.fullmatch("[a-z]{4,8}", word) for word in known.words)
    assert {word[:BEGINNING_CHARS] for word in known.words} == set(known.beginnings)


@pytest.mark.parametrize("language", ["de", "en", "xx"])
def test_words_are_read_back_in_every_language(language: str) -> None:
    assert NUMBERS in WORDS.readings(WORDS.six(NUMBERS).text(language))


@pytest.mark.parametrize(
    "made",
    [str.upper, lambda text: text.replace(" ", "-"), lambda text: f"  {text.replace(' ', ', ')}. "],
)
def test_how_they_are_parted_and_written_does_not_matter(made: object) -> None:
    assert callable(made)
    assert NUMBERS in WORDS.readings(made(WORDS.six(NUMBERS).text("de")))


def test_four_letters_of_each_word_are_enough() -> None:
    short = " ".join(word[:4] for word in WORDS.six(NUMBERS).text("en").split())
    assert NUMBERS in WORDS.readings(short)


def test_words_that_are_in_both_lists_have_two_readings() -> None:
    both = sorted(set(WORDS.lists["de"].words) & set(WORDS.lists["en"].words))
    readings = WORDS.readings(" ".join(both[:INVITE_WORDS]))
    assert len(readings) == 2


def test_a_mistyped_word_gets_the_nearest_proposed() -> None:
    words = WORDS.six(NUMBERS).text("de").split()
    typed = [words[0], words[1], words[2][:-1] + "x" + words[2][-1], *words[3:]]
    with pytest.raises(InvalidInput, match="word-mistyped") as refused:
        WORDS.readings(" ".join(typed))
    assert refused.value.values["word"] == typed[2]
    assert refused.value.values["proposal"] == " ".join(words)


def test_what_is_near_no_word_gets_no_proposal() -> None:
    words = WORDS.six(NUMBERS).text("en").split()
    with pytest.raises(InvalidInput, match="word-unknown"):
        WORDS.readings(" ".join(["zzzzqqqq", *words[1:]]))


def test_another_number_of_words_is_said() -> None:
    with pytest.raises(InvalidInput, match="words-count") as refused:
        WORDS.readings("apfel baum birne kran")
    assert refused.value.values["n"] == 4


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "apfel",
        "two words",
        "house.example.org",
        "kueche-fuer-alle",
        "aB-c_9d-xyz",
        "a" * 300,
        "https://x.example/i/abc",
        "\ud800",
    ],
)
def test_what_is_no_row_of_words_is_none(typed: str) -> None:
    assert typed_words(typed) == ()
    assert WORDS.readings(typed) == ()


def test_numbers_are_taken_from_66_bits() -> None:
    assert numbers_of(b"\0" * 32) == (0,) * INVITE_WORDS
    assert numbers_of(b"\xff" * 32) == (LIST_WORDS - 1,) * INVITE_WORDS
    assert numbers_of(b"\0" * 8 + b"\x05" + b"\xff" * 23) == (5, 0, 0, 0, 0, 0)


def test_a_proposed_password_is_new_each_time_and_good() -> None:
    one, other = WORDS.proposal("de"), WORDS.proposal("en")
    assert one != other
    assert len(one.split()) == PASSWORD_WORDS
    assert len(one) >= len(GOOD) - 10


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("", "", 0), ("baum", "baum", 0), ("baum", "bamu", 1), ("baum", "bau", 1), ("abc", "xyz", 3)],
)
def test_the_distance_counts_changes(one: str, other: str, apart: int) -> None:
    assert distance(one, other) == distance(other, one) == apart


def test_the_nearest_word_is_found_even_for_one_letter() -> None:
    assert nearest("apfle", ["apfel", "ampel"]) == "apfel"
    assert nearest("x", ["apfel"]) is None
