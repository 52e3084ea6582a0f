"""Rules of groups and what is made of them."""

from datetime import UTC, datetime

import pytest

from allmende.core.errors import InvalidInput
from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.groups import (
    MAX_MESSAGES_H,
    PRESETS,
    Preset,
    Rules,
    allows,
    clean_hours,
    effective_h,
    rank,
    read_undo,
    undo_payload,
)


def test_presets_are_what_the_product_says() -> None:
    said = {p: (r.closed, r.history, r.messages_h) for p, r in PRESETS.items()}
    assert said == {
        Preset.AFFINITY: (True, False, 24),
        Preset.WORKING: (True, True, 672),
        Preset.ALLIANCE: (True, True, 672),
        Preset.PUBLIC: (False, True, 8760),
    }
    assert all(preset is rules.preset for preset, rules in PRESETS.items())


def test_roles_are_ordered_and_guests_bring_nobody() -> None:
    assert sorted(Role, key=rank) == list(Role)
    assert allows(Role.MEMBER, Role.ADMIN)
    assert allows(Role.ADMIN, Role.ADMIN)
    assert not allows(Role.ADMIN, Role.FACILITATOR)
    assert not any(allows(least, Role.GUEST) for least in Role)


@pytest.mark.parametrize(
    ("wanted", "usual", "longest", "hours"),
    [(None, 672, 17_520, 672), (24, 672, 17_520, 24), (8760, 672, 2160, 2160), (None, 99, 9, 9)],
)
def test_the_server_sets_the_limit(
    wanted: int | None, usual: int, longest: int, hours: int
) -> None:
    rules = Rules(Preset.WORKING, True, True, wanted, Role.ADMIN, Role.ADMIN)
    assert effective_h(rules, usual, longest) == hours


def test_rooms_of_no_group_are_kept_as_usual() -> None:
    assert effective_h(None, 672, 17_520) == 672


@pytest.mark.parametrize("hours", [0, -1, MAX_MESSAGES_H + 1])
def test_hours_outside_one_hour_to_two_years_are_refused(hours: int) -> None:
    assert clean_hours(1) == 1
    assert clean_hours(MAX_MESSAGES_H) == MAX_MESSAGES_H
    with pytest.raises(InvalidInput, match="number-out-of-range"):
        clean_hours(hours)


def test_what_undoes_leaving_is_read_back() -> None:
    until = datetime(2026, 11, 23, 20, tzinfo=UTC)
    made = undo_payload(GroupId(3), AccountId(7), Role.FACILITATOR, until)
    assert read_undo(made) == (3, 7, Role.FACILITATOR, int(until.timestamp()))
