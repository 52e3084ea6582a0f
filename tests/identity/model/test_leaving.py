"""The key that undoes leaving: signed by this house, for one leaving only."""

from datetime import UTC, datetime

import pytest

from allmende.core.ids import AccountId
from allmende.identity.model.leaving import leaving_of, stay_token
from allmende.identity.model.tokens import sign

KEY = b"k" * 32
ENDS = datetime(2026, 12, 7, 20, 0, 0, 5, tzinfo=UTC)


def test_a_token_says_whose_leaving_and_until_when() -> None:
    assert leaving_of(KEY, stay_token(KEY, AccountId(7), ENDS)) == (7, ENDS)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "=" * 100, "x" * 10_000])
def test_what_we_did_not_sign_says_nothing(token: str) -> None:
    assert leaving_of(KEY, token) is None


def test_tokens_of_another_house_or_for_another_purpose_say_nothing() -> None:
    assert leaving_of(b"x" * 32, stay_token(KEY, AccountId(7), ENDS)) is None
    assert leaving_of(KEY, sign(KEY, "guest-key", b"[7, 5]")) is None
