"""Tokens and signed values."""

from hypothesis import given
from hypothesis import strategies as st

from allmende.identity.model.tokens import (
    ROOM_SLUG_CHARS,
    SLUG_ALPHABET,
    blocked_name,
    guest_id_of,
    new_guest_id,
    new_slug,
    new_token,
    sign,
    token_hash,
    unsign,
)

KEY = bytes(32)


def test_tokens_have_the_bits_they_promise_and_are_kept_as_a_hash() -> None:
    assert len(new_token(128)) == 22
    assert len(new_token()) == 43
    assert new_token() != new_token()
    assert token_hash("x") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert len(token_hash("\ud800")) == 64


def test_addresses_of_rooms_have_no_characters_that_are_mistaken() -> None:
    slug = new_slug()
    assert len(slug) == ROOM_SLUG_CHARS
    assert set(slug) <= set(SLUG_ALPHABET)
    assert not set("il01o") & set(SLUG_ALPHABET)


def test_the_number_of_a_guest_is_26_characters_of_base32() -> None:
    number = new_guest_id()
    assert len(number) == 26
    assert set(number) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_a_guest_who_comes_by_the_same_has_the_same_number() -> None:
    number = guest_id_of(KEY, "certificate", "7")
    assert len(number) == 26
    assert set(number) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert number == guest_id_of(KEY, "certificate", "7")
    others = {
        guest_id_of(KEY, "certificate", "8"),
        guest_id_of(KEY, "another", "7"),
        guest_id_of(b"1" * 32, "certificate", "7"),
    }
    assert len({number, *others}) == 4


@given(st.binary(max_size=300))
def test_what_was_signed_comes_back(payload: bytes) -> None:
    assert unsign(KEY, "door", sign(KEY, "door", payload)) == payload


def test_another_key_or_purpose_does_not_pass() -> None:
    signed = sign(KEY, "door", b"x")
    assert unsign(b"1" * 32, "door", signed) is None
    assert unsign(KEY, "guest", signed) is None


@given(st.text(max_size=2_000))
def test_anything_else_is_nothing(text: str) -> None:
    assert unsign(KEY, "door", text) is None


@given(st.integers(0, 59), st.integers(1, 255))
def test_every_changed_byte_is_noticed(position: int, change: int) -> None:
    signed = bytearray(sign(KEY, "door", b"twenty characters...").encode())
    signed[position % len(signed)] ^= change
    text = signed.decode("latin-1")
    assert unsign(KEY, "door", text) is None or text == sign(KEY, "door", b"twenty characters...")


def test_a_blocked_name_is_never_a_name() -> None:
    assert blocked_name(KEY, "mara").startswith("-")
    assert blocked_name(KEY, "mara") != blocked_name(b"1" * 32, "mara")
