"""How fast one connection may ask."""

from allmende.systems.voice.wire.pace import (
    MAX_MALFORMED,
    MESSAGES_BURST,
    PINGS_BURST,
    Bucket,
    Pace,
)
from tests.identity.town import HandClock


def test_a_burst_passes_and_then_so_many_a_second() -> None:
    clock = HandClock()
    bucket = Bucket(clock, per_s=2, burst=5)
    assert [bucket.take() for _ in range(6)] == [True] * 5 + [False]
    clock.turn(seconds=1)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    clock.turn(seconds=60)
    assert sum(bucket.take() for _ in range(10)) == 5


def test_the_fifth_that_cannot_be_read_within_a_minute_is_too_many() -> None:
    clock = HandClock()
    pace = Pace(clock)
    assert [pace.is_broken() for _ in range(MAX_MALFORMED)] == [False] * 4 + [True]
    clock.turn(seconds=61)
    assert not pace.is_broken()


def test_what_begins_after_the_login_has_all_its_bursts_again() -> None:
    pace = Pace(HandClock())
    assert sum(pace.messages.take() for _ in range(100)) == MESSAGES_BURST
    assert [pace.is_broken() for _ in range(4)] == [False] * 4
    pace.begin()
    assert sum(pace.messages.take() for _ in range(100)) == MESSAGES_BURST
    assert sum(pace.pings.take() for _ in range(100)) == PINGS_BURST
    assert pace.is_broken()


def test_who_is_too_fast_hears_of_it_once_in_five_seconds() -> None:
    clock = HandClock()
    pace = Pace(clock)
    assert [pace.may_tell() for _ in range(3)] == [True, False, False]
    clock.turn(seconds=5)
    assert pace.may_tell()
