"""The way between password and second step, and how long a proof is fresh."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId
from allmende.identity.model.strength import (
    NEEDS_SECOND_STEP,
    Halfway,
    Proofs,
    halfway_of,
    password_digest,
    strong_until,
)

KEY = bytes(32)
END = datetime(2026, 11, 23, 20, 10, tzinfo=UTC)


def test_a_proof_is_fresh_for_ten_minutes_and_kept_without_seconds() -> None:
    at = datetime(2026, 11, 23, 20, 0, 59, 999, tzinfo=UTC)
    assert strong_until(at) == END


def test_the_way_is_carried_by_a_signed_token_until_its_end() -> None:
    halfway = Halfway(AccountId(7), password_digest("hash"), True, END)
    token = halfway.token(KEY)
    assert halfway_of(KEY, token, END - timedelta(seconds=1)) == halfway
    assert halfway_of(KEY, token, END) is None
    assert halfway_of(bytes(31) + b"x", token, END - timedelta(seconds=1)) is None


@given(st.text(max_size=300))
def test_a_forged_token_leads_nowhere(token: str) -> None:
    assert halfway_of(KEY, token, END - timedelta(days=1)) is None


def test_a_passkey_or_a_code_is_more_than_a_password() -> None:
    assert not Proofs(password=True).second
    assert Proofs(passkeys=1).second
    assert Proofs(totp=True).second


def test_whoever_decides_about_others_needs_more() -> None:
    assert {ServerRole.OPERATOR, ServerRole.MODERATOR} == NEEDS_SECOND_STEP
