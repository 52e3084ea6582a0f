"""Checks of the machine: disk, clock, file descriptors, permissions of the data folder."""

import ctypes
import ctypes.util
import os
import resource
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from allmende.cli.checks.finding import Finding, Situation, broken, good, warning

_FREE_WARNING: Final = 0.20
_FREE_BROKEN: Final = 0.05
_FILES_WARNING: Final = 4096
_FILES_BROKEN: Final = 512
_BEHIND_S: Final = 60.0
# timex.status, Linux: the kernel's clock is not disciplined by anything.
_UNSYNCHRONISED: Final = 0x0040
_TIMEX_WORDS: Final = 64
_STATUS_WORD: Final = 5

Usage = Callable[[Path], tuple[int, int, int]]


def disk(here: Situation, usage: Usage = shutil.disk_usage) -> Finding:
    """Enough free space for what people write and for a backup beside it."""
    folder = next(path for path in (here.data, *here.data.absolute().parents) if path.is_dir())
    total, _, free = usage(folder)
    share = free / total if total else 0.0
    sentence = f"{share:.0%} of the disk is free ({free / 2**30:.1f} GiB)."
    remedy = f"Free space on the disk of {here.data}, or move the folder to a larger one."
    if share < _FREE_BROKEN:
        return broken("disk", sentence, remedy)
    if share < _FREE_WARNING:
        return warning("disk", sentence, remedy)
    return good("disk", sentence)


def clock(here: Situation, synchronised: Callable[[], bool | None] | None = None) -> Finding:
    """Time does not run behind what was kept, and somebody keeps it right."""
    now = here.clock.now()
    newest = _newest(here.data)
    remedy = "Set the clock and turn on time synchronisation: timedatectl set-ntp true"
    behind_s = (newest - now).total_seconds() if newest is not None else 0.0
    if behind_s > _BEHIND_S:
        sentence = f"The clock is {behind_s:.0f} s behind the newest file in the data folder."
        return broken("clock", sentence, remedy)
    kept = (synchronised or kernel_synchronised)()
    if kept is False:
        return warning("clock", "Nothing keeps the clock of this machine right.", remedy)
    known = "" if kept else " Whether it is kept right cannot be seen from here."
    return good("clock", f"It is {now:%Y-%m-%d %H:%M} UTC.{known}")


def file_descriptors(here: Situation, limit: Callable[[], int] | None = None) -> Finding:
    """Each connection needs one; the server raises its limit to what the machine allows."""
    allowed = (limit or allowed_files)()
    if allowed == resource.RLIM_INFINITY:
        return good("file descriptors", "There is no limit.")
    sentence = f"{allowed} files and connections may be open."
    remedy = "Allow more: LimitNOFILE=65536 in the systemd unit, or ulimit -Hn 65536."
    if allowed < _FILES_BROKEN:
        return broken("file descriptors", sentence, remedy)
    if allowed < _FILES_WARNING:
        return warning("file descriptors", sentence, remedy)
    return good("file descriptors", sentence)


def permissions(here: Situation) -> Finding:
    """Nobody else reads the data folder, and the server can write it."""
    name, folder = "data folder", here.data
    if not folder.exists():
        return good(name, f"{folder} will be made at the first start.")
    if not os.access(folder, os.W_OK | os.X_OK):
        remedy = f"Give it to the account of the server: chown -R allmende {folder}"
        return broken(name, f"{folder} cannot be written.", remedy)
    open_to_others = [path for path in (folder, *_secrets(folder)) if path.stat().st_mode & 0o077]
    if open_to_others:
        shown = open_to_others[0]
        remedy = f"chmod -R go-rwx {folder}"
        return warning(name, f"Other accounts of this machine may look into {shown}.", remedy)
    return good(name, f"{folder} belongs to the server alone.")


def allowed_files() -> int:
    """Return the hard limit of open files of this process."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def kernel_synchronised() -> bool | None:
    """Whether the kernel says that its clock is disciplined; None if it does not tell."""
    library = ctypes.util.find_library("c")
    if library is None:
        return None
    words = (ctypes.c_long * _TIMEX_WORDS)()
    adjtimex = getattr(ctypes.CDLL(library), "adjtimex", None)
    if adjtimex is None or adjtimex(words) < 0:
        return None
    return not words[_STATUS_WORD] & _UNSYNCHRONISED


def _newest(data: Path) -> datetime | None:
    times = [path.stat().st_mtime for path in data.glob("*") if path.is_file()]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _secrets(folder: Path) -> list[Path]:
    return [*folder.glob("*.db"), *folder.glob("tls/*.key")]
