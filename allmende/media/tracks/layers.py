"""Which simulcast layer and which temporal layers a receiver gets. Pure rules."""

from collections.abc import Sequence
from typing import Final

ENOUGH: Final = 0.85
"""A layer that has this share of the wanted size is good enough."""
NONE: Final = -1
OFF_AFTER_S: Final = 10.0
SILENT_AFTER_S: Final = 1.5
NEVER: Final = float("inf")
QUALITY_OFF: Final = 3
TEMPORAL_LAYERS: Final = 3
ALL_TEMPORAL: Final = TEMPORAL_LAYERS - 1
DEFAULT_FPS: Final = 30.0


def wanted_layer(layers: int, full: tuple[int, int], tile: tuple[int, int], quality: int) -> int:
    """Return the index of the layer (0 is the smallest) that fits what was asked for.

    Each layer has half the size of the next; ``full`` is (width, height) of the largest.
    ``tile`` (0, 0) or unknown ``full``: by ``quality`` 0 low, 1 medium, 2 high.
    """
    if not all(tile) or not all(full):
        return min(quality, layers - 1)
    # Compared by longer and shorter side: phones turn their pictures.
    need = max(max(tile) / max(full), min(tile) / min(full)) * ENOUGH
    for index in range(layers - 1):
        if 0.5 ** (layers - 1 - index) >= need:
            return index
    return layers - 1


def layer_to_send(wanted: int, alive: Sequence[bool]) -> int:
    """Return the wanted layer if it is alive, else the next lower, else the next higher.

    Nothing alive: the wanted one, which may come yet.
    """
    for index in range(wanted, -1, -1):
        if alive[index]:
            return index
    for index in range(wanted + 1, len(alive)):
        if alive[index]:
            return index
    return wanted


def temporal_limit(wanted_fps: int, source_fps: float) -> int:
    """Return the highest temporal layer (of L1T3) to send so that ``wanted_fps`` is met.

    Layer 0 has a quarter of the frames, 0 and 1 have half. 0: no limit.
    """
    if wanted_fps <= 0:
        return ALL_TEMPORAL
    for limit, share in enumerate((0.25, 0.5)):
        if source_fps * share >= wanted_fps * ENOUGH:
            return limit
    return ALL_TEMPORAL


def layers_in_use(wanted: Sequence[int]) -> int:
    """Return how many layers, from the lowest, somebody wants; NONE in ``wanted`` is nobody.

    The lower ones stay on below a wanted one: a receiver falls to them at once.
    """
    return max(wanted, default=NONE) + 1


class Demand:
    """Dynacast: how many layers the sender was told to send. On at once, off after a while."""

    __slots__ = ("_less_since_s", "told")

    def __init__(self, layers: int) -> None:
        self.told = layers
        self._less_since_s = NEVER

    def changes(self, needed: int, now_s: float) -> bool:
        """Return whether the sender must be told another number, which is then ``told``."""
        if needed >= self.told:
            self._less_since_s = NEVER
        else:
            self._less_since_s = min(self._less_since_s, now_s)
            if now_s - self._less_since_s < OFF_AFTER_S:
                return False
        changed = needed != self.told
        self.told = needed
        return changed
