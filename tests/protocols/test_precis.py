"""PRECIS: examples of the documents, and that preparing twice is preparing once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.precis import (
    PrecisRefused,
    nickname,
    opaque_string,
    shown_nickname,
    username_case_mapped,
)


@pytest.mark.parametrize(
    ("given", "prepared"),
    [
        ("juliet", "juliet"),
        ("Juliet", "juliet"),
        ("fu\u00dfball", "fu\u00dfball"),
        ("\u03c0", "\u03c0"),
        ("\u03a3", "\u03c3"),
        ("\u03c2", "\u03c2"),
        ("\uff21\uff22", "ab"),
        ("e\u0301", "\u00e9"),
        ("l\u00b7l", "l\u00b7l"),
        ("\u0643\u0661", "\u0643\u0661"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\u30ab\u30fb\u30ab", "\u30ab\u30fb\u30ab"),
    ],
)
def test_names_are_mapped(given: str, prepared: str) -> None:
    assert username_case_mapped(given) == prepared


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "two words",
        "henry\u2163",
        "\u265a",
        "a\u00b7a",
        "\u0643a",
        "a\u0643",
        "a\u200bb",
        "a\u202eb",
        "\u0661\u06f1",
        "\u0378",
        "\ue000",
        "\x07",
        "x" * 1024 + "\u00e9",
        "\u200d",
        "\u1100\u00e9",
        "\ufffe",
        "\u0640\u0643",
        "\u05f3",
        "\u0375a\u00e9",
        "a\u30fb",
    ],
)
def test_names_that_could_deceive_are_refused(refused: str) -> None:
    with pytest.raises(PrecisRefused):
        username_case_mapped(refused)


def test_an_opaque_string_keeps_its_case_and_gets_plain_spaces() -> None:
    assert opaque_string("Correct Horse") == "Correct Horse"
    assert opaque_string("Foo\u1680Bar") == "Foo Bar"
    assert opaque_string("\u265a\u00e9") == "\u265a\u00e9"
    for refused in ("", "my cat is a \x09by", "\u202e"):
        with pytest.raises(PrecisRefused):
            opaque_string(refused)


def test_nicknames_are_shown_as_given_and_compared_without_case() -> None:
    assert shown_nickname("  Swan  of   Avon ") == "Swan of Avon"
    assert nickname("Foo Bar") == nickname("foo\u00a0bar") == "foo bar"
    assert nickname("\u03c3\u03c2") == nickname("\u03a3\u03a3")
    assert nickname("Richard \u2163") == "richard iv"
    with pytest.raises(PrecisRefused):
        nickname(" ")


@given(st.text(max_size=6))
def test_preparing_twice_is_preparing_once(text: str) -> None:
    for prepare in (username_case_mapped, opaque_string, nickname, shown_nickname):
        try:
            once = prepare(text)
        except PrecisRefused:
            continue
        assert prepare(once) == once
