import pytest

from allmende.media.congestion.quality import EXCELLENT, GOOD, LOST, POOR, QualityMeter


@pytest.mark.parametrize(
    ("fraction", "quality"), [(0, EXCELLENT), (5, EXCELLENT), (6, GOOD), (25, GOOD), (26, POOR)]
)
def test_losses_make_the_quality(fraction: int, quality: int) -> None:
    meter = QualityMeter()
    meter.add([fraction, -1])
    told = meter.changed(up=True)
    assert told is not None
    assert told[0] == quality
    assert 1.0 <= told[1] <= 5.0


def test_only_changes_are_told_and_lost_only_after_it_was_there() -> None:
    meter = QualityMeter()
    assert meter.changed(up=False) is None
    assert meter.changed(up=True) == (EXCELLENT, 5.0)
    assert meter.changed(up=True) is None
    assert meter.changed(up=False) == (LOST, 0.0)
    assert meter.changed(up=False) is None
