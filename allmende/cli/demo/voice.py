"""Voices that nobody has: vowels and breath in the rhythm of speech, without a word in it.

A vowel is one period of its sound, repeated: the harmonics of the pitch, weighted by three
formants (Peterson and Barney, 1952). So a loop is put together of a few hundred short pieces
and costs some milliseconds, whatever its length.
"""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

RATE_HZ: Final = 16_000
FRAME_SAMPLES: Final = RATE_HZ // 10
LOOP_S: Final = 20.0
PEAK: Final = 7_000

_HIGHEST_HZ: Final = 3_600
_BANDWIDTHS_HZ: Final = (90.0, 110.0, 170.0)
_VOWELS: Final = {
    "a": (730.0, 1090.0, 2440.0),
    "e": (530.0, 1840.0, 2480.0),
    "i": (270.0, 2290.0, 3010.0),
    "o": (570.0, 840.0, 2410.0),
    "u": (300.0, 870.0, 2240.0),
}
_STEPS: Final = (0.88, 0.94, 1.0, 1.06, 1.12)
"""How far the pitch moves about its middle."""

_RISE: Final = (0.25, 0.55, 0.85)
_FALL: Final = (0.8, 0.5, 0.2)


@dataclass
class Chance:
    """The same turns for the same seed, so that a voice is the same each time."""

    seed: int
    _state: int = field(init=False)

    def __post_init__(self) -> None:
        self._state = (self.seed * 2_654_435_761 + 1) % 2**32

    def below(self, end: int) -> int:
        """Return a number from 0 to ``end`` - 1. Source: Numerical Recipes, 7.1 (ranqd1)."""
        self._state = (1_664_525 * self._state + 1_013_904_223) % 2**32
        return (self._state >> 8) % end


def voice(pitch_hz: float, seed: int) -> "array[int]":
    """Return ``LOOP_S`` seconds of somebody who talks, as 16-bit samples at ``RATE_HZ``.

    ``seed`` decides what they seem to say. The end is a pause, so it can be played in a circle.
    """
    chance = Chance(seed)
    vowels = {
        (vowel, step): _period(pitch_hz * step, formants)
        for vowel, formants in _VOWELS.items()
        for step in _STEPS
    }
    length = int(LOOP_S * RATE_HZ)
    loop = array("h")
    while len(loop) < length - RATE_HZ:
        for _ in range(4 + chance.below(9)):
            loop.extend(_syllable(vowels, chance))
        loop.extend(_silence(0.25 + 0.1 * chance.below(5)))
    del loop[length:]
    loop.extend(array("h", bytes(2 * (length - len(loop)))))
    return loop


def frames(loop: "array[int]") -> Iterator[bytes]:
    """Yield pieces of 100 ms, without end."""
    data = loop.tobytes()
    size = 2 * FRAME_SAMPLES
    while True:
        for start in range(0, len(data) - size + 1, size):
            yield data[start : start + size]


def _period(pitch_hz: float, formants: tuple[float, ...]) -> "array[float]":
    """Return one period, from zero to zero, with its highest point at 1."""
    samples = round(RATE_HZ / pitch_hz)
    harmonics = [
        (number, _weight(number * pitch_hz, formants))
        for number in range(1, int(_HIGHEST_HZ / pitch_hz) + 1)
    ]
    wave = array(
        "d",
        (
            sum(weight * math.sin(2 * math.pi * n * at / samples) for n, weight in harmonics)
            for at in range(samples)
        ),
    )
    highest = max(abs(value) for value in wave)
    return array("d", (value / highest for value in wave))


def _weight(hz: float, formants: tuple[float, ...]) -> float:
    """Return how loud a harmonic is: near a formant loud, and softer towards the top."""
    near = sum(
        1 / (1 + ((hz - formant) / width) ** 2)
        for formant, width in zip(formants, _BANDWIDTHS_HZ, strict=True)
    )
    return (near + 0.02) / (1 + hz / 500)


def _syllable(vowels: "dict[tuple[str, float], array[float]]", chance: Chance) -> "array[int]":
    """Return sometimes a breath, then a vowel that rises, stays and falls."""
    names, found = tuple(_VOWELS), array("h")
    if chance.below(3) == 0:
        found.extend(_breath(chance))
    vowel, step = names[chance.below(len(names))], chance.below(len(_STEPS) - 1)
    held = 5 + chance.below(12)
    shape = (*_RISE, *(1.0,) * held, *_FALL)
    for turn, loud in enumerate(shape):
        later = turn > len(shape) // 2
        period = vowels[vowel, _STEPS[step + later]]
        found.extend(array("h", (int(PEAK * loud * value) for value in period)))
    return found


def _breath(chance: Chance) -> "array[int]":
    """Return 40 ms of soft noise, as before an s or f."""
    size = RATE_HZ // 25
    return array("h", (chance.below(PEAK // 6) - PEAK // 12 for _ in range(size)))


def _silence(seconds: float) -> "array[int]":
    return array("h", bytes(2 * int(seconds * RATE_HZ)))
