"""Addresses that Mumble opens, taken apart as a client does."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from allmende.protocols.mumble.address import MumblePlace

HERE = MumblePlace("voice.example.org")


def test_an_invitation_has_name_token_and_title() -> None:
    url = HERE.address("Plenum", name="mara", code="t0-_ken")
    assert url == "mumble://mara:t0-_ken@voice.example.org:64738/?title=Plenum&version=1.2.0"


def test_without_a_name_the_client_asks_for_one() -> None:
    url = HERE.address("Plenum", code="t0ken")
    assert url.startswith("mumble://:t0ken@voice.example.org:64738/?")
    assert HERE.address("Plenum").startswith("mumble://voice.example.org:64738/?")


@pytest.mark.parametrize(
    ("title", "name"), [("Küche & Bad / 50 %", "Mara Müller:in@home"), ("a?b#c=d+e", "ana/bo")]
)
def test_whatever_people_write_comes_out_again(title: str, name: str) -> None:
    url = HERE.address(title, name=name, code="x", path=["Haus", "Küche/Bad"])
    parts = urlsplit(url)
    assert unquote(parts.username or "") == name
    assert (parts.password, parts.hostname, parts.port) == ("x", "voice.example.org", 64738)
    assert [unquote(part) for part in parts.path.split("/")] == ["", "Haus", "Küche\u2215Bad"]
    assert parse_qs(parts.query) == {"title": [title], "version": ["1.2.0"]}


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    url = MumblePlace("2001:db8::7", 5000).address("Plenum", name="mara")
    assert url.startswith("mumble://mara@[2001:db8::7]:5000/?")
    assert urlsplit(url).hostname == "2001:db8::7"
