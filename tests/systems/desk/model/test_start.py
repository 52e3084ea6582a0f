"""What a typed link means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.core.groups import Role
from allmende.core.rooms import LinkRight, Lobby
from allmende.systems.desk.model import LOBBY_TEXTS, RIGHT_TEXTS, ROLE_TEXTS, path_of

OWN = "https://eiche.example"


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("https://eiche.example/r/abcdefghjkmn/call", "/r/abcdefghjkmn/call"),
        ("https://EICHE.example/r/abcdefghjkmn", "/r/abcdefghjkmn/call"),
        (" https://eiche.example/r/abcdefghjkmn/call?g=aB_-9 ", "/r/abcdefghjkmn/call?g=aB_-9"),
        ("eiche.example/r/abcdefghjkmn", "/r/abcdefghjkmn/call"),
        ("/r/abcdefghjkmn", "/r/abcdefghjkmn/call"),
        ("abcdefghjkmn", "/r/abcdefghjkmn/call"),
        ("https://eiche.example/i/AbC-9", "/i/AbC-9"),
        ("/g/kueche-abcde/", "/g/kueche-abcde"),
        ("https://eiche.example/r/abcdefghjkmn/call?g=<x>&h=1", "/r/abcdefghjkmn/call"),
    ],
)
def test_whole_links_and_bare_addresses_are_understood(typed: str, path: str) -> None:
    assert path_of(typed, OWN) == path


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "link-not-understood"),
        ("hallo", "link-not-understood"),
        ("https://eiche.example/", "link-not-understood"),
        ("https://eiche.example/r/../me", "link-not-understood"),
        ("http://[", "link-not-understood"),
        ("x" * 2_000, "link-not-understood"),
        ("javascript:alert(1)", "link-not-understood"),
        ("https://evil.example/r/abcdefghjkmn", "link-elsewhere"),
        ("//evil.example/i/abc", "link-elsewhere"),
        ("https://eiche.example@evil.example/i/abc", "link-elsewhere"),
    ],
)
def test_anything_else_is_refused_beside_its_field(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        path_of(typed, OWN)
    assert refused.value.values["field"] == "link"


@given(st.text())
def test_a_typed_link_never_leads_away(typed: str) -> None:
    try:
        path = path_of(typed, OWN)
    except InvalidInput:
        return
    assert path.startswith(("/r/", "/i/", "/g/", "/signin/"))


def test_every_role_right_and_lobby_has_its_word() -> None:
    assert set(ROLE_TEXTS) == set(Role)
    assert set(RIGHT_TEXTS) == set(LinkRight)
    assert set(LOBBY_TEXTS) == set(Lobby)
