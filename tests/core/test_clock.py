from datetime import UTC

from allmende.core.clock import SystemClock


def test_wall_time_is_aware_and_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_monotonic_time_never_runs_backwards() -> None:
    clock = SystemClock()
    times = [clock.monotonic_s() for _ in range(100)]
    assert times == sorted(times)
