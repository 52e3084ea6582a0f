import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.systems.voice.model.names import (
    MAX_NAME_CHARS,
    channel_name,
    cleaned_name,
    shortened,
    shown_name,
)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("mara", "mara"),
        ("  mara\t von\nnebenan ", "mara von nebenan"),
        ("ma\u202era\u2066", "mara"),
        ("mara\x00\x07", "mara"),
        ("mara\u2028ali", "mara ali"),
        ("Jo\u0308rg", "Jörg"),
        ("na\u200cma", "na\u200cma"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_name_is_cleaned(asked: str, name: str) -> None:
    assert cleaned_name(asked) == name


@pytest.mark.parametrize("asked", ["", "  ", "\u202e\u2066", "\x00", "\u200d\u200c"])
def test_a_name_of_which_nothing_remains_is_refused(asked: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        cleaned_name(asked)
    assert refused.value.message_id == "voice.name-refused"
    assert refused.value.values == {"field": "name"}


@pytest.mark.parametrize(
    ("room", "name"),
    [
        ("plenum", "plenum"),
        ("küche/keller", "küche\u2215keller"),
        ("a\u202eb\nc", "ab c"),
        ("", "\u2013"),
        ("x" * 80, "x" * 59 + "…"),
    ],
)
def test_a_room_has_a_name_that_clients_show(room: str, name: str) -> None:
    assert channel_name(room) == name


def test_what_is_short_enough_stays() -> None:
    assert shortened("x" * 60) == "x" * 60
    assert shortened("mara von nebenan", 6) == "mara…"


@pytest.mark.parametrize(
    ("name", "word", "taken", "shown"),
    [
        ("mara", "", set(), "mara"),
        ("mara", "web", {"mara"}, "mara (web)"),
        ("mara", "web", {"mara", "mara (web)"}, "mara (web 2)"),
        ("tester", "guest", set(), "tester (guest)"),
        ("anna", "", {"anna"}, "anna (2)"),
        ("anna", "", {"anna", "anna (2)"}, "anna (3)"),
        ("Anna", "", {"anna"}, "Anna (2)"),
    ],
)
def test_nobody_is_called_like_somebody_else_in_the_room(
    name: str, word: str, taken: set[str], shown: str
) -> None:
    assert shown_name(name, word, taken) == shown


def test_a_long_name_is_cut_for_what_stands_behind_it() -> None:
    assert shown_name("x" * 60, "guest", set()) == "x" * 51 + "… (guest)"
    assert len(shown_name("x" * 60, "guest", set())) == MAX_NAME_CHARS


@pytest.mark.slow
@given(st.text(max_size=300))
def test_any_text_is_a_clean_name_or_refused_and_a_channel(text: str) -> None:
    channel = channel_name(text)
    assert 1 <= len(channel) <= MAX_NAME_CHARS
    assert "/" not in channel
    try:
        name = cleaned_name(text)
    except InvalidInput:
        return
    assert 1 <= len(name) <= MAX_NAME_CHARS
    assert cleaned_name(name) == name
    assert "\u202e" not in name
