"""What an app password looks like, what it opens, and what is kept of it."""

from datetime import UTC, datetime

import pytest

from allmende.core.accounts import Scope
from allmende.identity.model.app_passwords import (
    CHARS,
    CHAT,
    PADS,
    SALT_BYTES,
    end_of,
    new_secret,
    scopes_of,
    scopes_text,
    scram_keys,
    scram_salt,
    secret_of,
    stored_scram_keys,
)
from allmende.protocols.scram.keys import Mechanism, keys_of, write_keys

KEY = b"k" * 32
TYPED = "0123456789abcdefghjkmnpqrs"


def test_an_app_password_has_130_bits_and_no_letters_that_are_mistaken() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    letters = set("".join(made))
    assert {len(one) for one in made} == {CHARS}
    assert len(letters) == 32
    assert not letters & set("ilou")


@pytest.mark.parametrize(
    "typed",
    [
        TYPED,
        TYPED.upper(),
        "0123 4567 89ab cdef ghjk mnpq rs",
        "0123-4567-89AB-cdef\tghjk mnpqrs\n",
        "oi23456789abcdefghjkmnpqrs",
    ],
)
def test_spaces_case_and_what_looks_alike_do_not_matter(typed: str) -> None:
    assert secret_of(typed) == TYPED


@pytest.mark.parametrize("typed", ["", "x", TYPED[1:], TYPED + "0", TYPED[1:] + "u", "ä" * 26])
def test_anything_else_is_no_app_password(typed: str) -> None:
    assert secret_of(typed) is None


def test_scopes_are_kept_as_words_and_unknown_ones_are_left_out() -> None:
    stored = scopes_text({Scope.PADS, Scope.CHAT_READ})
    assert stored == "chat.read pads"
    assert scopes_of(stored) == {Scope.PADS, Scope.CHAT_READ}
    assert scopes_of("chat hovercraft") == {Scope.CHAT}
    assert CHAT.reading == {Scope.CHAT_READ}
    assert PADS.scopes == {Scope.PADS}


def test_a_year_without_use_is_the_end_at_midnight() -> None:
    at = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)
    assert end_of(at) == datetime(2027, 11, 23, tzinfo=UTC)


def test_every_name_has_its_own_salt_whether_it_exists_or_not() -> None:
    salts = {
        scram_salt(KEY, name, mechanism)
        for name in ("mara", "juno", "\ud800")
        for mechanism in Mechanism
    }
    assert len(salts) == 6
    assert {len(salt) for salt in salts} == {SALT_BYTES}
    assert scram_salt(b"x" * 32, "mara", Mechanism.SHA_1) not in salts


def test_keys_of_both_mechanisms_are_kept_a_line_each() -> None:
    keys = scram_keys(KEY, "mara", TYPED)
    stored = "\n".join(map(write_keys, keys))
    for mechanism in Mechanism:
        salt = scram_salt(KEY, "mara", mechanism)
        assert stored_scram_keys(stored, mechanism) == keys_of(TYPED, salt, 4096, mechanism)
    assert stored_scram_keys("", Mechanism.SHA_1) is None
