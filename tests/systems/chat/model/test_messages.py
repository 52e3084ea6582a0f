import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.systems.chat.model.messages import (
    MAX_TEXT_CHARS,
    Piece,
    clean_key,
    clean_text,
    pieces,
)


@given(st.text())
def test_pieces_put_together_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


@given(st.text())
def test_only_addresses_of_the_web_can_be_followed(text: str) -> None:
    for piece in pieces(f"javascript:alert(1) {text} https://x.org"):
        assert piece.link == "" or piece.link.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("siehe https://example.org/a?b=c.", ["https://example.org/a?b=c"]),
        ("(https://example.org/Commons_(DE))", ["https://example.org/Commons_(DE)"]),
        ("https://", []),
        ("https://...", []),
        ("javascript:alert(1)", []),
        ('"https://example.org"', ["https://example.org"]),
        ("http://a.org,https://b.org", ["http://a.org,https://b.org"]),
    ],
)
def test_links_end_where_people_mean_them_to(text: str, links: list[str]) -> None:
    assert [piece.link for piece in pieces(text) if piece.link] == links


def test_text_around_a_link_stays() -> None:
    assert pieces("vor https://a.org nach") == (
        Piece("vor "),
        Piece("https://a.org", "https://a.org"),
        Piece(" nach"),
    )


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "\u202e"])
def test_nothing_to_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"chat\.empty"):
        clean_text(text)


def test_a_text_over_the_limit_is_refused_with_the_limit() -> None:
    assert len(clean_text("x" * MAX_TEXT_CHARS)) == MAX_TEXT_CHARS
    with pytest.raises(InvalidInput) as refused:
        clean_text("x" * (MAX_TEXT_CHARS + 1))
    assert refused.value.values["limit"] == MAX_TEXT_CHARS


def test_lines_stay_and_controls_go() -> None:
    assert clean_text("eins\r\nzwei\u202e\x00\tdrei ") == "eins\nzwei\tdrei"


@pytest.mark.parametrize("key", ["", "x" * 65, "ä", "a\nb"])
def test_strange_keys_are_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match=r"chat\.key-refused"):
        clean_key(key)
