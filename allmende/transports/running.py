"""Which server runs on a data folder: a small file that the server writes and removes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

_NAME: Final = "serving.json"
_PROCESSES: Final = Path("/proc")
_START_FIELD: Final = 19


class Running(msgspec.Struct, frozen=True):
    """``pid`` of the main process, the TCP ``port`` of its pages, the ``url`` people type.

    ``since``: when that process began, as the kernel counts; 0 where it does not say. After a
    ``kill -9`` the file stays, and another program may get the number.
    """

    pid: int
    port: int
    url: str
    since: int = 0


@contextmanager
def announced(data: Path, *, port: int, url: str) -> Iterator[None]:
    """Let other commands find this server while the body runs."""
    path = data / _NAME
    path.touch(mode=0o600)
    own = os.getpid()
    path.write_bytes(msgspec.json.encode(Running(own, port, url, began(own))))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find_running(data: Path) -> Running | None:
    """Return the server that runs on ``data``; None if there is none."""
    try:
        found = msgspec.json.decode((data / _NAME).read_bytes(), type=Running)
        os.kill(found.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.since == began(found.pid) else None


def began(pid: int) -> int:
    """Return when a process began, in ticks since the machine did; the same after an ``exec``."""
    try:
        said = (_PROCESSES / str(pid) / "stat").read_text("ascii", "replace")
    except OSError:
        return 0
    # proc_pid_stat(5): what comes after the name in parentheses, which may hold anything.
    return int(said.rpartition(")")[2].split()[_START_FIELD])
