"""Tickets, names, types, and which messages name a file."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.ids import AccountId
from allmende.systems.chat.model.uploads import (
    MAX_NAME_BYTES,
    UNCLEAN,
    UNKNOWN,
    Ticket,
    clean_kind,
    clean_name,
    link_of,
    links_in,
    picture_kind,
    place_of,
    shown_kind,
    ticket_of,
    ticket_text,
)

KEY, TOKEN = b"k" * 32, "AAAAAAAAAAAAAAAAAAAAAA"
LINK = link_of(TOKEN, "a.jpg")
TICKET = Ticket(AccountId(7), 1234, "image/jpeg", datetime(2026, 11, 23, 20, 5, tzinfo=UTC))


def test_a_ticket_is_for_one_place_and_made_here_alone() -> None:
    text = ticket_text(KEY, LINK, TICKET)
    assert ticket_of(KEY, LINK, text) == TICKET
    assert ticket_of(KEY, link_of(TOKEN, "b.jpg"), text) is None
    assert ticket_of(b"x" * 32, LINK, text) is None
    assert "/" not in text
    assert "+" not in text


@pytest.mark.parametrize("text", ["", "x", "AAAA", "ä", "A" * 201, "A" * 64, "=" * 9])
def test_what_is_no_ticket_opens_nothing(text: str) -> None:
    assert ticket_of(KEY, LINK, text) is None


@given(at=st.integers(0, 70), bit=st.integers(0, 5))
def test_a_changed_ticket_opens_nothing(at: int, bit: int) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = ticket_text(KEY, LINK, TICKET)
    at %= len(text) - 1  # the last letter has bits that say nothing
    other = letters[letters.index(text[at]) ^ (1 << bit)]
    assert ticket_of(KEY, LINK, text[:at] + other + text[at + 1 :]) is None


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("bild.jpg", "bild.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fotos\\a b.jpg", "a b.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\x00b\n.txt", "ab.txt"),
        ("..", "file"),
        ("/", "file"),
        (".bashrc", "bashrc"),
        ("Größe'.pdf", "Größe'.pdf"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.text(max_size=400))
def test_any_name_can_stand_in_an_address_and_is_found_in_a_message(name: str) -> None:
    clean = clean_name(name)
    assert 0 < len(clean.encode(errors="replace")) <= MAX_NAME_BYTES
    assert clean_name(clean) == clean
    place = place_of(TOKEN, clean)
    said = f"<body>schau: https://files.x.example{place}, ja?</body>".encode()
    assert links_in(said) == {link_of(TOKEN, clean)}


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_name("ö" * 300 + ".jpeg").endswith("ö.jpeg")


def test_a_message_names_as_many_as_it_says_and_no_more_than_fifty() -> None:
    assert links_in(b"<body>hallo</body>") == frozenset()
    assert links_in(b"/files/short/a.jpg") == frozenset()
    one = f"{place_of(TOKEN, 'a.jpg')}<x>{place_of(TOKEN, 'b.jpg')}</x>".encode()
    assert links_in(one) == {LINK, link_of(TOKEN, "b.jpg")}
    many = " ".join(place_of(TOKEN, str(number)) for number in range(99)).encode()
    assert len(links_in(many)) == 50


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("image/jpeg", "image/jpeg"),
        ("Text/Plain; charset=utf-8", "text/plain"),
        ("", ""),
        ("text", ""),
        ("text/plain\r\nX: y", ""),
        ("a/" + "b" * 100, ""),
    ],
)
def test_types_are_cleaned(said: str, kind: str) -> None:
    assert clean_kind(said) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"RIFF....WAVEfmt ", ""),
        (b"....ftypheic", UNCLEAN),
        (b"....ftypavif", UNCLEAN),
        (b"....ftypisom", ""),
        (b"II*\0....", UNCLEAN),
        (b"MM\0*....", UNCLEAN),
        (b"<svg", ""),
        (b"", ""),
    ],
)
def test_what_a_picture_is_its_first_bytes_say(head: bytes, kind: str) -> None:
    assert picture_kind(head) == kind


@pytest.mark.parametrize(
    ("picture", "said", "kind"),
    [
        ("image/png", "text/html", "image/png"),
        ("", "image/png", UNKNOWN),
        ("", "image/svg+xml", UNKNOWN),
        ("", "text/html", UNKNOWN),
        ("", "application/xhtml+xml", UNKNOWN),
        ("", "", UNKNOWN),
        ("", "audio/ogg", "audio/ogg"),
        ("", "application/pdf", "application/pdf"),
    ],
)
def test_nothing_is_handed_out_as_a_page(picture: str, said: str, kind: str) -> None:
    assert shown_kind(picture, said) == kind
