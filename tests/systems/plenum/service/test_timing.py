"""The time that items are measured with."""

from dataclasses import dataclass
from datetime import timedelta

from allmende.systems.plenum.service.timing import Timing
from tests.identity.town import BEGINNING, HandClock


@dataclass
class Steady(HandClock):
    """A clock whose wall time can be set without time passing."""

    passed_s: float = 0.0

    def monotonic_s(self) -> float:
        return 500.0 + self.passed_s


def test_setting_the_clock_of_the_machine_changes_no_measured_time() -> None:
    clock = Steady()
    timing = Timing(clock)
    assert timing.now().ms == int(BEGINNING.timestamp() * 1000)
    clock.at += timedelta(hours=1)
    clock.passed_s = 2.5
    now = timing.now()
    assert now.ms == int(BEGINNING.timestamp() * 1000) + 2500
    assert now.at == BEGINNING + timedelta(hours=1)
    assert Timing(clock).now().ms == int(clock.at.timestamp() * 1000)
