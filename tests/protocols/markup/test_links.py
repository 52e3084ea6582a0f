import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.markup.links import MAX_HREF_CHARS, clean_href


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://allmende.example/a?b=c&d#e", "https://allmende.example/a?b=c&d#e"),
        ("HTTP://A.de/Ä", "http://A.de/Ä"),
        ("mailto:plenum@a.de?subject=x y", "mailto:plenum@a.de?subject=x%20y"),
        (" \x01https://a.de\n", "https://a.de"),
        ("ht\ntps://a.\tde", "https://a.de"),
        ('https://a.de/"><script>', "https://a.de/%22%3E%3Cscript%3E"),
        ("https://a.de/\u202ea\u200b", "https://a.de/%E2%80%AEa%E2%80%8B"),
        ("https://a.de/\ud800", "https://a.de/%3F"),
        ("http://[::1]:80/", "http://[::1]:80/"),
    ],
)
def test_addresses_of_the_web_and_of_mail_are_links(address: str, clean: str) -> None:
    assert clean_href(address) == clean


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/relative",
        "//a.de",
        "#part",
        "https:",
        "https://",
        "https:///a",
        "mailto:",
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "JaVaScRiPt:https://a.de",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.de/1",
        "ftp://a.de",
        "tel:110",
        "\u2028https://a.de",
        "https://a.de/" + "a" * MAX_HREF_CHARS,
        "https://a.de/" + "ä" * 100 + "\u202e" * 300,
        "https://a.de/" + "a" * 3 * MAX_HREF_CHARS,
    ],
)
def test_other_addresses_are_none(address: str) -> None:
    assert clean_href(address) is None


@given(st.text().map("https://a.de/".__add__))
def test_a_clean_address_stays_as_it_is(address: str) -> None:
    clean = clean_href(address)
    assert clean is not None
    assert clean_href(clean) == clean
    assert clean.split() == [clean]
