import pytest

from allmende.systems.pads.model.rates import Bucket


def test_what_was_taken_comes_back_with_time_up_to_the_burst() -> None:
    bucket = Bucket(2.0, 10, 0.0)
    assert bucket.take(10, 0.0) == 0
    assert bucket.take(1, 0.0) == -1
    assert bucket.take(0, 1.0) == pytest.approx(1)
    assert bucket.take(0, 100.0) == 10
