import pytest

from allmende.media.signal import limits
from allmende.media.signal.limits import Pace, Strikes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_FRAME_BYTES", 256 * 1024),
        ("MESSAGES_PER_S", 50),
        ("MESSAGES_BURST", 200),
        ("OFFERS_PER_S", 10),
        ("STRIKES", 5),
        ("STRIKES_WITHIN_S", 10),
        ("QUEUE_MESSAGES", 256),
        ("QUEUE_BYTES", 1024 * 1024),
        ("MAX_TRACKS", 8),
        ("JOIN_VALID_S", 120),
        ("REFRESH_VALID_S", 600),
        ("REFRESH_EVERY_S", 300),
        ("SILENCE_S", 30),
        ("GONE_S", 15),
    ],
)
def test_the_limits_are_those_of_the_specification(name: str, value: float) -> None:
    assert getattr(limits, name) == value


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    pace = Pace(per_s=10, burst=3, at_s=0)
    assert [pace.take(0) for _ in range(4)] == [True, True, True, False]
    assert pace.wait_s() == pytest.approx(0.1)
    assert not pace.take(0.05)
    assert pace.take(0.11)
    assert [pace.take(100) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_runs_backwards_gives_nothing() -> None:
    pace = Pace(per_s=10, burst=1, at_s=5)
    assert pace.take(5)
    assert not pace.take(1)


def test_five_strikes_within_ten_seconds_are_too_many() -> None:
    strikes = Strikes()
    assert [strikes.add(at_s) for at_s in (0, 1, 2, 3, 9)] == [False] * 4 + [True]
    strikes = Strikes()
    assert not any(strikes.add(3.0 * number) for number in range(50))
