"""Moving pictures of people who do not exist: shapes in flat colours, drawn row by row.

Planar YUV 4:2:0, as encoders take it. A loop of three seconds is drawn once and played in a
circle: nothing is drawn while the call runs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 180
FPS: Final = 8
FRAMES: Final = 3 * FPS

_BLINKS: Final = (11, 12)
_MOUTHS: Final = (3, 8, 5, 10, 4, 7)

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The colours of somebody and of the wall behind them."""

    wall: Colour
    shirt: Colour
    skin: Colour
    hair: Colour


class Canvas:
    """One picture. Positions are pixels of the whole picture."""

    def __init__(self, colour: Colour) -> None:
        y, u, v = yuv(colour)
        self._y = bytearray([y]) * (WIDTH * HEIGHT)
        self._u = bytearray([u]) * (WIDTH * HEIGHT // 4)
        self._v = bytearray([v]) * (WIDTH * HEIGHT // 4)

    def ellipse(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill an ellipse about ``x``, ``y`` with these half axes."""
        bright, u, v = yuv(colour)
        _ellipse(self._y, WIDTH, (x, y, wide, high), bright)
        half = (x / 2, y / 2, wide / 2, high / 2)
        _ellipse(self._u, WIDTH // 2, half, u)
        _ellipse(self._v, WIDTH // 2, half, v)

    def stripe(self, top: int, bottom: int, colour: Colour) -> None:
        """Fill rows from one side to the other; both even."""
        bright, u, v = yuv(colour)
        self._y[top * WIDTH : bottom * WIDTH] = bytes([bright]) * ((bottom - top) * WIDTH)
        quarter = (bottom - top) * WIDTH // 4
        for plane, value in ((self._u, u), (self._v, v)):
            start = top * WIDTH // 4
            plane[start : start + quarter] = bytes([value]) * quarter

    def i420(self) -> bytes:
        """Return the three planes one after the other."""
        return bytes(self._y + self._u + self._v)


def loop(look: Look, *, talking: bool) -> Sequence[bytes]:
    """Return ``FRAMES`` pictures of somebody who sways a little, blinks, and talks or listens."""
    return [_picture(look, number, talking=talking) for number in range(FRAMES)]


def yuv(colour: Colour) -> tuple[int, int, int]:
    """Return a colour as encoders want it. Source: ITU-R BT.601, limited range."""
    red, green, blue = (part / 255 for part in colour)
    y = 16 + 65.481 * red + 128.553 * green + 24.966 * blue
    u = 128 - 37.797 * red - 74.203 * green + 112.0 * blue
    v = 128 + 112.0 * red - 93.786 * green - 18.214 * blue
    return round(y), round(u), round(v)


def darker(colour: Colour, share: float = 0.8) -> Colour:
    """Return the colour in the shade."""
    red, green, blue = (int(part * share) for part in colour)
    return red, green, blue


def _picture(look: Look, number: int, *, talking: bool) -> bytes:
    turn = 2 * math.pi * number / FRAMES
    x, y = WIDTH / 2 + 5 * math.sin(turn), 78 + 2 * math.sin(2 * turn)
    canvas = Canvas(look.wall)
    canvas.stripe(140, HEIGHT, darker(look.wall))
    canvas.ellipse(WIDTH / 2, HEIGHT + 14, 78, 62, look.shirt)
    canvas.ellipse(x, y - 12, 46, 52, look.hair)
    canvas.ellipse((x + WIDTH / 2) / 2, 122, 16, 24, darker(look.skin, 0.9))
    canvas.ellipse(x, y, 38, 46, look.skin)
    canvas.ellipse(x, y - 40, 36, 16, look.hair)
    ink = darker(look.hair, 0.5)
    for side in (-15, 15):
        canvas.ellipse(x + side, y - 6, 4, 1.2 if number in _BLINKS else 4.5, ink)
    mouth = _MOUTHS[number % len(_MOUTHS)] if talking else 1.6
    canvas.ellipse(x, y + 20, 11, mouth, (120, 50, 50))
    return canvas.i420()


def _ellipse(
    plane: bytearray, width: int, shape: tuple[float, float, float, float], value: int
) -> None:
    middle_x, middle_y, wide, high = shape
    height = len(plane) // width
    for row in range(max(0, math.ceil(middle_y - high)), min(height, int(middle_y + high) + 1)):
        reach = wide * math.sqrt(max(0.0, 1 - ((row - middle_y) / high) ** 2))
        left, right = max(0, round(middle_x - reach)), min(width, round(middle_x + reach))
        if left < right:
            start = row * width
            plane[start + left : start + right] = bytes([value]) * (right - left)
