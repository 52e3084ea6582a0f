"""A worker knows what it can carry."""

from allmende.media.measure import packets_per_second


def test_a_machine_that_runs_this_carries_something() -> None:
    assert 1_000 < packets_per_second(0.02) < 10_000_000
