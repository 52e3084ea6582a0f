import pytest

from allmende.protocols.rtp.jitter import JitterEstimator


def test_steady_arrival_has_no_jitter() -> None:
    jitter = JitterEstimator(48_000)
    assert [jitter.add(n * 960, n * 0.02) for n in range(5)] == pytest.approx([0.0] * 5)


def test_jitter_is_a_sixteenth_of_each_change() -> None:
    jitter = JitterEstimator(8_000)
    jitter.add(0, 0.0)
    assert jitter.add(160, 0.03) == pytest.approx(80 / 16)
    assert jitter.add(320, 0.05) == pytest.approx(80 / 16 * 15 / 16)
