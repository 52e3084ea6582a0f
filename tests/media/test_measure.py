"""A worker knows what it can carry."""

from allmende.media.measure import packets_per_second
from tests.media.fanout.stage import srtp


def test_a_machine_that_runs_this_carries_something() -> None:
    assert 1_000 < packets_per_second(measured_s=0.02) < 10_000_000


def test_the_fan_out_in_use_is_measured() -> None:
    assert 1_000 < packets_per_second(srtp(), 0.02) < 10_000_000
