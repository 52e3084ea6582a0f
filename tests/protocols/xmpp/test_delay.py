"""Instants as they are written, and delays."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp.delay import delay, instant_of, stamp_of

NOON = datetime(2026, 11, 23, 12, 0, 0, 250000, tzinfo=UTC)


def test_an_instant_comes_back_as_it_was_written() -> None:
    assert stamp_of(NOON) == "2026-11-23T12:00:00.250000Z"
    assert instant_of(stamp_of(NOON)) == NOON
    assert stamp_of(NOON.astimezone(timezone(timedelta(hours=5)))) == stamp_of(NOON)


@pytest.mark.parametrize(
    ("text", "hours"), [("2026-11-23T12:00:00Z", 12), ("2026-11-23T12:00:00+02:00", 10)]
)
def test_a_zone_is_understood(text: str, hours: int) -> None:
    assert instant_of(text) == datetime(2026, 11, 23, hours, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "gestern", "2026-11-23T12:00:00", "x" * 99, "ü", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_instant_is_none(text: str) -> None:
    assert instant_of(text) is None


def test_a_delay_says_since_when_and_perhaps_by_whom() -> None:
    head = b"<delay xmlns='urn:xmpp:delay' "
    assert write(delay(NOON)) == head + b"stamp='2026-11-23T12:00:00.250000Z'/>"
    assert write(delay(NOON, "x")).startswith(head + b"from='x' stamp=")
