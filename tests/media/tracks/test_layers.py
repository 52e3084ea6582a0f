import pytest

from allmende.media.tracks.layers import (
    ALL_TEMPORAL,
    Demand,
    layer_to_send,
    layers_in_use,
    temporal_limit,
    wanted_layer,
)

HD = (1280, 720)


@pytest.mark.parametrize(
    ("layers", "full", "tile", "quality", "wanted"),
    [
        (3, HD, (320, 180), 2, 0),
        (3, HD, (376, 211), 2, 0),
        (3, HD, (400, 225), 2, 1),
        (3, HD, (640, 360), 2, 1),
        (3, HD, (1280, 720), 0, 2),
        (3, HD, (4000, 3000), 0, 2),
        (3, HD, (180, 320), 2, 0),
        (3, HD, (0, 0), 1, 1),
        (3, (0, 0), (10, 10), 0, 0),
        (2, HD, (0, 0), 2, 1),
        (1, HD, (10, 10), 2, 0),
    ],
)
def test_the_smallest_layer_that_fills_the_tile_is_wanted(
    layers: int, full: tuple[int, int], tile: tuple[int, int], quality: int, wanted: int
) -> None:
    assert wanted_layer(layers, full, tile, quality) == wanted


@pytest.mark.parametrize(
    ("wanted", "alive", "sent"),
    [(2, "111", 2), (2, "110", 1), (2, "100", 0), (1, "001", 2), (0, "010", 1), (1, "000", 1)],
)
def test_the_next_lower_layer_stands_in_for_a_silent_one(
    wanted: int, alive: str, sent: int
) -> None:
    assert layer_to_send(wanted, [a == "1" for a in alive]) == sent


@pytest.mark.parametrize(
    ("wanted_fps", "source_fps", "limit"),
    [(0, 30, 2), (30, 30, 2), (15, 30, 1), (7, 30, 0), (20, 30, ALL_TEMPORAL), (5, 0, 2)],
)
def test_temporal_layers_are_left_out_while_the_frame_rate_is_met(
    wanted_fps: int, source_fps: float, limit: int
) -> None:
    assert temporal_limit(wanted_fps, source_fps) == limit


def test_layers_below_a_wanted_one_are_in_use() -> None:
    assert layers_in_use([]) == 0
    assert layers_in_use([-1, 1, 0]) == 2


def test_demand_grows_at_once_and_shrinks_after_ten_seconds() -> None:
    demand = Demand(3)
    assert not demand.changes(1, 0.0)
    assert not demand.changes(0, 9.9)
    assert demand.changes(1, 10.0)
    assert demand.changes(2, 10.1)
    assert not demand.changes(1, 11.0)
    assert not demand.changes(2, 20.0)
    assert not demand.changes(1, 22.0)
    assert demand.told == 2
