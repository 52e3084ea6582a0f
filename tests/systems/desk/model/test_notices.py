"""When a notice may ring, and what may be in it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.systems.desk.model.notices import (
    DAY_MIN,
    QuietHours,
    clean_link,
    clean_values,
    minute_of,
)

NIGHT = QuietHours(22 * 60, 7 * 60, "Europe/Berlin")
NOON = QuietHours(12 * 60, 13 * 60, "Europe/Berlin")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November Berlin is an hour ahead."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "told", "rings"),
    [
        (NIGHT, at(23, 20, 59), at(23, 20, 59)),
        (NIGHT, at(23, 21), at(24, 6)),
        (NIGHT, at(23, 23, 30), at(24, 6)),
        (NIGHT, at(24, 5, 59), at(24, 6)),
        (NIGHT, at(24, 6), at(24, 6)),
        (NOON, at(23, 10, 59), at(23, 10, 59)),
        (NOON, at(23, 11), at(23, 12)),
        (NOON, at(23, 12), at(23, 12)),
        (QuietHours(60, 60, "Europe/Berlin"), at(23, 0), at(23, 0)),
    ],
)
def test_nothing_rings_while_it_is_quiet(
    quiet: QuietHours, told: datetime, rings: datetime
) -> None:
    assert quiet.rings_at(told) == rings


@given(
    st.integers(0, DAY_MIN - 1),
    st.integers(0, DAY_MIN - 1),
    st.integers(0, 2 * 365 * DAY_MIN),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC"]),
)
def test_what_rings_later_rings_within_a_day_and_then_at_once(
    begins: int, ends: int, later_min: int, zone: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=later_min)
    rings = QuietHours(begins, ends, zone).rings_at(now)
    assert now <= rings
    # Clocks that are set back make a night one hour longer.
    assert (rings - now).total_seconds() <= 25 * 3600


@pytest.mark.parametrize(
    ("typed", "minute"), [("22:00", 1320), ("7:05", 425), (" 00:00 ", 0), ("23:59", 1439)]
)
def test_times_are_typed_as_people_write_them(typed: str, minute: int) -> None:
    assert minute_of(typed, "begins") == minute


@pytest.mark.parametrize("typed", ["", "22", "24:00", "22:60", "-1:00", "22:0", "²2:00", "a:bc"])
def test_what_is_no_time_is_refused_with_its_field(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        minute_of(typed, "ends")
    assert refused.value.values["field"] == "ends"


@pytest.mark.parametrize("link", ["", "g/x", "//evil.example", "https://evil.example", "/" * 501])
def test_a_notice_leads_to_a_path_of_this_server(link: str) -> None:
    with pytest.raises(ValueError, match="path"):
        clean_link(link)


def test_long_values_are_cut() -> None:
    assert clean_values({"group": "x" * 1000}) == {"group": "x" * 200}
