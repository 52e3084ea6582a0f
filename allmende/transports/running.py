"""Which server runs on a data folder: a small file that the server writes and removes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

_NAME: Final = "serving.json"


class Running(msgspec.Struct, frozen=True):
    """``pid`` of the main process, the TCP ``port`` of its pages, the ``url`` people type."""

    pid: int
    port: int
    url: str


@contextmanager
def announced(data: Path, *, port: int, url: str) -> Iterator[None]:
    """Let other commands find this server while the body runs."""
    path = data / _NAME
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(Running(os.getpid(), port, url)))
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
    return found
