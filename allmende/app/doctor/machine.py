"""The machine: its clock, and what was built on it."""

import ctypes
import ctypes.util
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from allmende.app.doctor.situation import Situation
from allmende.core.findings import Finding, broken, good, warning
from allmende.webkit.assets import Assets, AssetsMissing
from allmende.webkit.i18n import Catalogues

HOUSE: Final = Path(__file__).parents[2]
_BEHIND_S: Final = 60.0
_OFF_S: Final = 1.0
# timex.status, Linux: the kernel's clock is not disciplined by anything.
_UNSYNCHRONISED: Final = 0x0040
_TIMEX_WORDS: Final = 64
_ESTERROR_WORD, _STATUS_WORD = 4, 5
_MICROSECONDS: Final = 1_000_000

Discipline = Callable[[], tuple[bool, float] | None]
"""Whether somebody keeps the clock right, and how far off it may be; None: nobody tells."""


def clock(here: Situation, asked: Discipline | None = None) -> Finding:
    """Time does not run behind what was kept, and somebody keeps it right."""
    now, newest = here.clock.now(), _newest(here.data)
    behind_s = (newest - now).total_seconds() if newest is not None else 0.0
    if behind_s > _BEHIND_S:
        return broken(
            "machine.clock", "check.clock-behind", "check.clock-remedy", seconds=round(behind_s)
        )
    told = (asked or kernel_discipline)()
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    if told is None:
        return good("machine.clock", "check.clock-untold", now=shown)
    is_kept, off_s = told
    if not is_kept:
        return warning("machine.clock", "check.clock-alone", "check.clock-remedy")
    if off_s > _OFF_S:
        return warning(
            "machine.clock", "check.clock-off", "check.clock-remedy", seconds=round(off_s, 1)
        )
    return good("machine.clock", "check.clock-good", now=shown)


def web_client(here: Situation, static: Path = HOUSE / "static") -> Finding:
    """The pages' scripts and styles were built, and all of them are there."""
    try:
        Assets.load(static, Catalogues.load(HOUSE / "locale"))
    except AssetsMissing:
        return broken("machine.web-client", "check.client-missing", "check.client-remedy")
    except (OSError, ValueError):
        return broken("machine.web-client", "check.client-torn", "check.client-remedy")
    return good("machine.web-client", "check.client-good")


def kernel_discipline() -> tuple[bool, float] | None:
    """Ask the kernel about its clock (adjtimex(2))."""
    library = ctypes.util.find_library("c")
    if library is None:
        return None
    words = (ctypes.c_long * _TIMEX_WORDS)()
    adjtimex = getattr(ctypes.CDLL(library), "adjtimex", None)
    if adjtimex is None or adjtimex(words) < 0:
        return None
    is_kept = not words[_STATUS_WORD] & _UNSYNCHRONISED
    return is_kept, words[_ESTERROR_WORD] / _MICROSECONDS


def _newest(data: Path) -> datetime | None:
    times = [path.stat().st_mtime for path in data.glob("*") if path.is_file()]
    return datetime.fromtimestamp(max(times), UTC) if times else None
