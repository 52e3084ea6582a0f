import asyncio
from pathlib import Path

import pytest

from allmende.core.clock import SystemClock
from allmende.transports.pulse import Figures, Pulse, last_figures


def test_the_hundredth_beat_is_what_counts(tmp_path: Path) -> None:
    pulse = Pulse(tmp_path, SystemClock())
    assert pulse.figures == Figures(0.0, 0)
    for _ in range(98):
        pulse.beat(0.001)
    pulse.beat(-0.5)
    pulse.beat(0.3)
    assert pulse.figures == Figures(300.0, 100)
    pulse.beat(0.0)
    assert pulse.figures.p99_ms == 1.0


def test_the_figures_are_written_now_and_then_for_us_alone(tmp_path: Path) -> None:
    pulse = Pulse(tmp_path, SystemClock())
    for _ in range(59):
        pulse.beat(0.002)
    assert last_figures(tmp_path) is None
    pulse.beat(0.002)
    assert last_figures(tmp_path) == Figures(2.0, 60)
    assert (tmp_path / "pulse.json").stat().st_mode & 0o777 == 0o600


def test_only_the_last_ten_minutes_count(tmp_path: Path) -> None:
    pulse = Pulse(tmp_path, SystemClock())
    for late_s in (0.5, *[0.001] * 600):
        pulse.beat(late_s)
    assert pulse.figures == Figures(1.0, 600)


def test_it_beats_until_it_is_stopped(tmp_path: Path) -> None:
    class Enough(Exception):
        """Ends the test."""

    class Counting(Pulse):
        def beat(self, late_s: float) -> None:
            super().beat(late_s)
            if self.figures.beats == 3:
                raise Enough

    with pytest.raises(Enough):
        asyncio.run(Counting(tmp_path, SystemClock()).run(0))
