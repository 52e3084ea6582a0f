"""Periods to choose from."""

from allmende.systems.desk.model.groups import period, periods


def test_periods_end_where_the_server_ends_and_hold_what_was_chosen() -> None:
    hours = [one for one, _, _ in periods(36, 90 * 24)]
    assert hours == [1, 6, 12, 24, 36, 48, 168, 336, 672, 2160]
    assert [one for one, _, _ in periods(17_520, 17_520)][-2:] == [8760, 17_520]


def test_whole_days_are_said_as_days() -> None:
    assert period(24) == (24, "desk.hours", 24)
    assert period(36) == (36, "desk.hours", 36)
    assert period(672) == (672, "desk.days", 28)
