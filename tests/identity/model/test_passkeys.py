"""Tickets that carry a challenge, and what authenticators know an account by."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allmende.identity.model.passkeys import Challenge, challenge_of, user_handle

KEY = bytes(32)
END = datetime(2026, 11, 23, 20, 10, tzinfo=UTC)
BEFORE = END - timedelta(seconds=1)


def test_a_ticket_gives_back_what_it_carries_until_its_end() -> None:
    challenge = Challenge(b"\x00\xff" * 16, "mara", END)
    ticket = challenge.ticket(KEY)
    assert challenge_of(KEY, ticket, BEFORE) == challenge
    assert challenge_of(KEY, ticket, END) is None
    assert challenge_of(bytes(31) + b"x", ticket, BEFORE) is None


@given(st.text(max_size=300))
def test_a_forged_ticket_carries_nothing(ticket: str) -> None:
    assert challenge_of(KEY, ticket, BEFORE) is None


def test_a_handle_is_one_for_each_name_and_does_not_say_it() -> None:
    assert user_handle(KEY, "mara") == user_handle(KEY, "mara")
    assert user_handle(KEY, "mara") != user_handle(KEY, "juno")
    assert len(user_handle(KEY, "mara")) == 32
    assert b"mara" not in user_handle(KEY, "mara")
