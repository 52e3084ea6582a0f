"""Work that is killed: ``python -m tests.crash.torn WORK FOLDER POINT``.

POINT is ``0`` (to the end, then print how many lines of the storage floor were run), a number
(kill -9 before that line) or ``0.123s`` (die after so many seconds, wherever that is: also inside
of SQLite; else print how long it took).
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

import allmende.storage
from allmende.storage.backup import backup
from allmende.storage.restore import Settling, restore
from allmende.storage.rollback import rollback, way_back
from allmende.storage.upgrade import upgrade
from tests.databases import KEYS

FLOOR: Final = str(Path(allmende.storage.__file__).parent)


def do_upgrade(folder: Path) -> None:
    upgrade("", folder / "data", KEYS)


def do_rollback(folder: Path) -> None:
    now = datetime.now(UTC)
    rollback("", folder / "data", KEYS, way_back("", folder / "data", KEYS, now), now)


def do_backup(folder: Path) -> None:
    recipient = (folder / "recipient").read_text()
    backup(folder / "data", "", folder / "new.age", recipients=[recipient], keys=KEYS)


def do_restore(folder: Path) -> None:
    restore(
        folder / "x.age",
        folder / "goal",
        settling=Settling(now=datetime.now(UTC)),
        keys=KEYS,
        identities=[(folder / "identity").read_text()],
    )


WORK: Final[Mapping[str, Callable[[Path], None]]] = {
    "upgrade": do_upgrade,
    "rollback": do_rollback,
    "backup": do_backup,
    "restore": do_restore,
}


class Counter:
    """Counts lines of the storage floor, and dies before the wanted one."""

    def __init__(self, deadly: int) -> None:
        self.lines = 0
        self._deadly = deadly

    def called(self, frame: FrameType, _: str, __: Any) -> Any:
        return self.line if frame.f_code.co_filename.startswith(FLOOR) else None

    def line(self, _: FrameType, event: str, __: Any) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.line


def main(what: str, folder: str, point: str) -> None:
    if point.endswith("s"):
        begun_s = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, float(point[:-1]))
        WORK[what](Path(folder))
        sys.stdout.write(f"{time.perf_counter() - begun_s}\n")
        return
    counter = Counter(int(point))
    sys.settrace(counter.called)
    WORK[what](Path(folder))
    sys.settrace(None)
    sys.stdout.write(f"{counter.lines}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
