"""Names: what may be one, how they are compared, and what they say about the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.core.ids import GroupId, RoomId
from allmende.systems.pads.model import names
from allmende.systems.pads.model.names import Address, clean_name, clean_top_name, folded


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Protokoll", "Protokoll"),
        ("  Plenum  am Montag ", "Plenum-am-Montag"),
        ("e.V. Satzung", "e.V.-Satzung"),
        ("Ku\u0308che", "Küche"),
        ("2026-11-23", "2026-11-23"),
        ("a" * 80, "a" * 80),
    ],
)
def test_names_are_kept_as_typed_with_hyphens_for_blanks(typed: str, name: str) -> None:
    assert clean_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["", " ", "--", "..", ".hidden", "a/b", "a?b", "a#b", "a&b", "a$b", "100%", "a\\b", "a\nb",
     "a\0b", "a\u202eb", "\ud800", "a" * 81, "a" * 10_000],
)  # fmt: skip
def test_what_breaks_addresses_is_no_name(typed: str) -> None:
    with pytest.raises(InvalidInput, match=r"pads\.name-refused"):
        clean_name(typed)


@pytest.mark.parametrize("word", sorted(names.RESERVED))
def test_words_of_addresses_are_reserved_in_any_case(word: str) -> None:
    for typed in (word, word.upper(), f" {word.title()} "):
        with pytest.raises(InvalidInput, match=r"pads\.name-reserved"):
            clean_name(typed)


@pytest.mark.parametrize("typed", ["e.V.", "r.x", "a" * 26, "A2" * 13])
def test_at_top_level_nothing_looks_like_a_link_or_a_random_address(typed: str) -> None:
    with pytest.raises(InvalidInput, match=r"pads\.name-reserved"):
        clean_top_name(typed)
    assert clean_name(typed)


def test_at_top_level_ordinary_names_are_good() -> None:
    assert clean_top_name("Camp 2027") == "Camp-2027"


def test_names_are_compared_without_case_and_form() -> None:
    assert folded("KÜCHE") == folded("küche") == folded("ku\u0308che")
    assert folded("Straße") == folded("STRASSE")
    assert folded("Küche") != folded("Kueche")


@given(st.text(max_size=100))
def test_a_good_name_is_good_again_and_folds_to_itself(typed: str) -> None:
    try:
        name = clean_name(typed)
    except InvalidInput:
        return
    assert clean_name(name) == name
    assert folded(folded(name)) == folded(name)
    assert "/" not in Address(name).base.removeprefix("/p/")


def test_places_of_group_room_and_top_level_never_meet() -> None:
    places = {
        names.group_place(GroupId(1), "a"),
        names.group_place(GroupId(11), "a"),
        names.room_place(RoomId(1), "a"),
        names.top_place("a"),
        names.random_place("a"),
    }
    assert len(places) == 5
    assert "aaaa" not in names.random_place("a" * 26)


def test_random_addresses_have_128_bits_and_differ() -> None:
    some = {names.random_name() for _ in range(50)}
    assert len(some) == 50
    assert all(Address(one).is_random for one in some)


@pytest.mark.parametrize(
    ("name", "days"),
    [("plan", 30), ("plan-temp", 1), ("Plan-KEEP", 365), ("temp", 30), ("-temp", 30), ("keep", 30)],
)
def test_the_end_of_a_name_may_say_when_the_pad_ends(name: str, days: int) -> None:
    assert names.expiry_days(name, 30) == days


def test_addresses_know_their_path_and_their_token() -> None:
    link = "AbCdEf0123456789-_xyzA"
    assert Address("Kü che").base == "/p/K%C3%BC%20che"
    assert Address("plan", group="wg-1").base == "/p/wg-1/plan"
    assert Address("plan", room="abc").base == "/r/abc/pads/plan"
    assert Address(f"r.{link}").token == Address(f"e.{link}").token == link
    for name in (link, f"rr.{link}", f"r.{link}x", "r.short", f"R.{link}"):
        assert Address(name).token is None
    assert Address(f"r.{link}", group="g").token is None
    assert not Address("a" * 26, group="g").is_random
