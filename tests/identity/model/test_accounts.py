"""Times as they are kept: no more exact than needed."""

from datetime import UTC, datetime, timedelta

import pytest

from allmende.core.ids import AccountId, SessionId
from allmende.identity.model.accounts import StoredSession, is_idle, quarter, session_end, week

NOW = datetime(2026, 11, 23, 20, 15, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "shown"), [(1, "2026-Q1"), (3, "2026-Q1"), (4, "2026-Q2"), (12, "2026-Q4")]
)
def test_accounts_know_the_quarter_only(month: int, shown: str) -> None:
    assert quarter(NOW.replace(month=month)) == shown


def test_sessions_know_the_week_only_and_later_weeks_compare_greater() -> None:
    assert week(NOW) == "2026-W48"
    assert week(datetime(2027, 1, 1, tzinfo=UTC)) == "2026-W53"
    assert week(datetime(2027, 1, 4, tzinfo=UTC)) > week(NOW)


def test_a_long_session_does_not_tell_when_it_began() -> None:
    assert session_end(NOW, brief=False) == session_end(NOW.replace(hour=3), brief=False)
    assert session_end(NOW, brief=True) == NOW + timedelta(hours=12)


def test_a_session_is_idle_after_thirty_days() -> None:
    session = StoredSession(SessionId(1), AccountId(1), "birch", "", week(NOW), NOW)
    assert not is_idle(session, NOW + timedelta(days=29))
    assert is_idle(session, NOW + timedelta(days=38))
