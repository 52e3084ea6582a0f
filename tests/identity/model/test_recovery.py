"""The kit's code, and the states of a run by time alone."""

from datetime import UTC, datetime, timedelta

import pytest

from allmende.core.ids import AccountId
from allmende.identity.model.recovery import (
    KIT_CHARS,
    OPEN,
    RunState,
    StoredRun,
    kit_code_of,
    new_kit_code,
    printed,
)

READY = datetime(2026, 11, 25, 20, tzinfo=UTC)
END = READY + timedelta(days=30)


def test_a_kit_has_26_characters_in_groups_of_five_and_the_last_one_checks() -> None:
    code = new_kit_code()
    assert len(code) == KIT_CHARS
    assert [len(group) for group in printed(code).split("-")] == [5, 5, 5, 5, 5, 1]
    assert kit_code_of(printed(code).lower()) == code
    assert kit_code_of(code[:-1]) is None
    assert new_kit_code() != code


@pytest.mark.parametrize(
    ("kept", "now", "state"),
    [
        (RunState.WAITING, READY - timedelta(seconds=1), RunState.WAITING),
        (RunState.WAITING, READY, RunState.READY),
        (RunState.READY, READY, RunState.READY),
        (RunState.WAITING, END, RunState.LAPSED),
        (RunState.READY, END, RunState.LAPSED),
        (RunState.USED, END, RunState.USED),
        (RunState.CANCELLED, READY, RunState.CANCELLED),
    ],
)
def test_waiting_becomes_ready_and_lapses_by_time_alone(
    kept: RunState, now: datetime, state: RunState
) -> None:
    assert StoredRun(AccountId(1), kept, READY, END).state_at(now) is state


def test_only_what_waits_or_is_ready_can_still_become_something() -> None:
    assert set(OPEN) == {RunState.WAITING, RunState.READY}
