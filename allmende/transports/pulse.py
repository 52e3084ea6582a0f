"""How late the event loop is: a sleeper that looks at the clock when it wakes.

The figures of the last ten minutes lie in ``pulse.json``, for `allmende check` beside the server.
"""

import asyncio
import os
from collections import deque
from pathlib import Path
from typing import Final

import msgspec

from allmende.core.clock import Clock

EVERY_S: Final = 1.0
_KEPT: Final = 600
_WRITTEN_EVERY: Final = 60
_NAME: Final = "pulse.json"


class Figures(msgspec.Struct, frozen=True):
    """``p99_ms``: 99 of 100 times the loop was no later; ``beats`` were measured."""

    p99_ms: float
    beats: int


class Pulse:
    """Measures one loop."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._data = data
        self._clock = clock
        self._late_s: deque[float] = deque(maxlen=_KEPT)

    async def run(self, every_s: float = EVERY_S) -> None:
        """Measure until cancelled."""
        while True:
            begin_s = self._clock.monotonic_s()
            await asyncio.sleep(every_s)
            self.beat(self._clock.monotonic_s() - begin_s - every_s)

    def beat(self, late_s: float) -> None:
        """Remember one measurement, and write the figures down now and then."""
        self._late_s.append(max(late_s, 0.0))
        if len(self._late_s) % _WRITTEN_EVERY == 0:
            self._write()

    @property
    def figures(self) -> Figures:
        """The last ten minutes."""
        late = sorted(self._late_s) or [0.0]
        return Figures(round(late[len(late) * 99 // 100] * 1000, 1), len(self._late_s))

    def _write(self) -> None:
        new = self._data / f"{_NAME}.new"
        new.touch(mode=0o600)
        new.write_bytes(msgspec.json.encode(self.figures))
        os.replace(new, self._data / _NAME)


def last_figures(data: Path) -> Figures | None:
    """Return what the server on ``data`` measured; None if nobody has."""
    try:
        return msgspec.json.decode((data / _NAME).read_bytes(), type=Figures)
    except (OSError, msgspec.MsgspecError):
        return None
