"""Names that people choose."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.identity.model.names import (
    RESERVED,
    clean_account_name,
    clean_display_name,
    clean_title,
    skeleton,
    slug_stem,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Rabe", "Rabe"),
        ("  Rabe   von   nebenan ", "Rabe von nebenan"),
        ("e\u0301", "\u00e9"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("🐦\u200d⬛", "🐦\u200d⬛"),
        ("x" * 60, "x" * 60),
        ("<b>", "<b>"),
    ],
)
def test_a_name_is_kept_as_it_reads(typed: str, kept: str) -> None:
    assert clean_display_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "identity.name-empty"),
        ("   ", "identity.name-empty"),
        ("\u200d\u200c", "identity.name-empty"),
        ("x" * 61, "identity.name-too-long"),
        ("x" * 1_000_000, "identity.name-too-long"),
        ("a\u202eb", "identity.name-characters"),
        ("a\u2066b", "identity.name-characters"),
        ("a\x00b", "identity.name-characters"),
        ("a\nb", "identity.name-characters"),
        ("a\u200bb", "identity.name-characters"),
        ("\u3164", "identity.name-characters"),
        ("a\ud800", "identity.name-characters"),
        ("a\u2028b", "identity.name-characters"),
    ],
)
def test_a_name_that_is_no_name_is_refused_beside_its_field(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_display_name(typed)
    assert refused.value.message_id == reason
    assert refused.value.values["field"] == "name"


@given(st.text())
def test_a_cleaned_name_is_short_visible_and_stays_as_it_is(typed: str) -> None:
    try:
        name = clean_display_name(typed)
    except InvalidInput:
        return
    assert 1 <= len(name) <= 60
    assert not {unicodedata.category(c) for c in name} & {"Cc", "Cs", "Zl", "Zp"}
    assert clean_display_name(name) == name


def test_titles_may_be_longer_than_names() -> None:
    assert clean_title("x" * 80) == "x" * 80
    with pytest.raises(InvalidInput):
        clean_title("x" * 81)


@pytest.mark.parametrize("typed", ["mara", " Mara ", "a1b", "x_9", "m" * 30])
def test_an_account_name_is_valid_in_every_protocol(typed: str) -> None:
    assert clean_account_name(typed) == typed.strip().lower()


@pytest.mark.parametrize("typed", ["", "ab", "1mara", "_mara", "mara_", "mära", "m" * 31, "a b"])
def test_other_account_names_are_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="account-name-form"):
        clean_account_name(typed)


@pytest.mark.parametrize("typed", ["adm1n", "a_dmin", "rnoderation", "r00t", *sorted(RESERVED)])
def test_nobody_can_look_like_the_server(typed: str) -> None:
    with pytest.raises(InvalidInput):
        clean_account_name(typed)


def test_names_that_are_easily_mistaken_look_the_same() -> None:
    assert skeleton("mara_1") == skeleton("mara_l") == skeleton("rnaral")
    assert skeleton("mara") != skeleton("maro")


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Küche für alle", "kueche-fuer-alle"),
        ("Straße & Café!", "strasse-cafe"),
        ("\u063a\u0631", ""),
        ("x" * 100, "x" * 40),
        ("--", ""),
    ],
)
def test_the_address_of_a_group_is_ascii(title: str, stem: str) -> None:
    assert slug_stem(title) == stem
