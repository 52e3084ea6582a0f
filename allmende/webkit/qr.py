"""QR codes as vector paths, drawn by us: no request to others, no inline style."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allmende.core.late import Late

if TYPE_CHECKING:
    import segno
else:
    segno = Late("segno")


QUIET_MODULES: Final = 4


@dataclass(frozen=True, slots=True)
class QrPath:
    """The dark modules as one SVG path in a square of ``size`` units, quiet zone included."""

    size: int
    path: str


def qr_paths(text: str) -> QrPath:
    """Return the QR code of ``text`` (ISO/IEC 18004, error correction M)."""
    matrix = segno.make(text, error="m", micro=False).matrix
    strokes: list[str] = []
    for y, row in enumerate(matrix, QUIET_MODULES):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                left = start + QUIET_MODULES
                strokes.append(f"M{left} {y}h{x - start}v1H{left}z")
            x += 1
    return QrPath(len(matrix) + 2 * QUIET_MODULES, "".join(strokes))
