"""Moments are values."""

from allmende.systems.plenum.model.moment import Moment
from tests.identity.town import BEGINNING


def test_a_moment_has_a_time_to_show_and_one_to_measure_with() -> None:
    assert Moment(BEGINNING, 5) == Moment(at=BEGINNING, ms=5)
