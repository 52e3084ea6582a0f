"""Who speaks, from the audio levels of RFC 6464. Spec meet, 8."""

from collections.abc import Iterable
from typing import Final

from allmende.media.control import Speaker

INTERVAL_S: Final = 0.3
"""Levels are means over this time, and changes are told as often."""
ON_AMPLITUDE: Final = 0.01
"""-40 dBov."""
OFF_AMPLITUDE: Final = ON_AMPLITUDE / 2
"""6 dB below."""
OFF_AFTER_S: Final = 1.0
MIN_CHANGE: Final = 0.02


class _Talker:
    __slots__ = ("active", "loud_s", "told")

    def __init__(self) -> None:
        self.active = False
        self.loud_s = 0.0
        self.told = 0.0


class Speakers:
    """The speakers of one room."""

    def __init__(self) -> None:
        self._talkers: dict[str, _Talker] = {}

    def update(self, heard: Iterable[tuple[str, float, bool]], now_s: float) -> list[Speaker]:
        """Account for the mean amplitudes (0 to 1) of INTERVAL_S; return what changed.

        ``heard``: leg, amplitude, and whether its microphone is open, of each leg that has
        one. A leg that is not in it any more is forgotten without a word, for it is gone.
        """
        talkers, changes = {}, []
        for leg, amplitude, is_open in heard:
            talker = talkers[leg] = self._talkers.get(leg) or _Talker()
            change = _update(talker, amplitude, is_open, now_s)
            if change:
                changes.append(Speaker(leg, round(talker.told, 3), talker.active))
        self._talkers = talkers
        return changes


def _update(talker: _Talker, amplitude: float, is_open: bool, now_s: float) -> bool:
    """Take one amplitude; return whether there is something to tell."""
    if amplitude >= (OFF_AMPLITUDE if talker.active else ON_AMPLITUDE):
        talker.loud_s = now_s
        active = True
    else:
        active = talker.active and is_open and now_s - talker.loud_s < OFF_AFTER_S
    level = amplitude if active else 0.0
    if active == talker.active and abs(level - talker.told) < MIN_CHANGE:
        return False
    talker.active, talker.told = active, level
    return True
