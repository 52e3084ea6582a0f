"""A sliding second of sound."""

import pytest

from allmende.media.fanout.run import Run
from allmende.media.voice.budget import GRACE, OVERHEAD_BYTES, Budget


def admitted(budget: Budget, since_s: float, seconds: float, rate: int, size: int) -> int:
    """Bytes with overhead that pass of ``rate`` packets a second."""
    passed = [budget.admits(size, since_s + nth / rate) for nth in range(int(seconds * rate))]
    return sum(passed) * (size + OVERHEAD_BYTES)


@pytest.mark.parametrize(("rate", "size"), [(50, 120), (25, 280), (16, 400)])
def test_what_a_client_may_send_passes(rate: int, size: int) -> None:
    bps = (size + OVERHEAD_BYTES) * rate * 8
    sent = 10 * rate * (size + OVERHEAD_BYTES)
    assert admitted(Budget(bps, Run()), 1000.0, 10, rate, size) == sent


@pytest.mark.parametrize("rate", [100, 1000, 5000])
def test_a_flood_is_cut_to_the_limit_and_a_quarter(rate: int) -> None:
    bps = 72_000
    passed = admitted(Budget(bps, Run()), 77.7, 10, rate, 100)
    assert passed <= bps / 8 * GRACE * 10 * 1.07
    assert passed >= bps / 8 * GRACE * 10 * 0.9


def test_after_a_pause_it_is_as_new() -> None:
    budget = Budget(72_000, Run())
    while budget.admits(200, 5.0):
        pass
    assert not budget.admits(200, 5.5)
    assert budget.admits(200, 6.1)
    assert budget.admits(200, 1e6)


def test_a_clock_that_goes_back_lets_no_flood_through() -> None:
    budget = Budget(72_000, Run())
    passed = sum(budget.admits(100, 1000.0 - nth / 100) for nth in range(1000))
    assert passed * (100 + OVERHEAD_BYTES) <= 9000 * GRACE * 11


def test_another_limit_counts_at_once_and_forgets_nothing() -> None:
    budget = Budget(72_000, Run())
    while budget.admits(200, 5.0):
        pass
    budget.allow(144_000)
    more = sum(budget.admits(200, 5.0) for _ in range(100))
    assert more * (200 + OVERHEAD_BYTES) <= 9000 * GRACE < (more + 2) * (200 + OVERHEAD_BYTES)
    budget.allow(40_000)
    assert not budget.admits(200, 5.5)
