"""CPU time and memory of processes, read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
_PROC: Final = Path("/proc")
_WORKER: Final = "allmende.media.process"


@dataclass(frozen=True)
class Process:
    """A process that runs; ``name``: main, or media for a worker."""

    pid: int
    name: str

    def cpu_s(self) -> float:
        """Return the CPU time of all its threads so far, in the kernel's own nanoseconds."""
        threads = (_PROC / str(self.pid) / "task").glob("*/schedstat")
        return sum(int(_text(thread).split()[0] or 0) for thread in threads) / 1e9

    def rss_bytes(self) -> int:
        """Return the memory it holds."""
        pages = int(_text(_PROC / str(self.pid) / "statm").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[Process]:
    """Return ``pid`` and all that it started, itself first."""
    parents = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        # The name in parentheses may hold anything, spaces too.
        after_name = _text(stat).rpartition(")")[2].split()
        if after_name:
            parents[int(stat.parent.name)] = int(after_name[1])
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return [Process(known, _name(known, pid)) for known in found]


def worker_of(pid: int) -> Process:
    """Return the first media worker of the server ``pid``. Raises LookupError."""
    for process in family(pid):
        if process.name == "media":
            return process
    raise LookupError("no media worker")


def _name(pid: int, main: int) -> str:
    if pid == main:
        return "main"
    return "media" if _WORKER in _text(_PROC / str(pid) / "cmdline") else "other"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ProcessLookupError):
        return "0 0"
