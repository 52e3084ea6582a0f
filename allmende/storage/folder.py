"""The data folder: ours alone while the server runs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from allmende.core.errors import Conflict

LOCK_NAME: Final = "lock"


@contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Make ``path`` if it is not there and hold it for this process.

    Raises Conflict ``storage.folder-locked`` with ``pid`` of the process that holds it. The lock
    ends with the process, however it ends.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise Conflict("storage.folder-locked", folder=str(path), pid=holder or "?") from taken
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make ``path`` and what is missing above it, all for us alone; ``mkdir`` opens the latter."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process is in here with the same folder. Blocks."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
