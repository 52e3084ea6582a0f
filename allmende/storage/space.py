"""Room on the disk: asked before, and told when it ends in the middle."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from allmende.core.errors import Unavailable
from allmende.storage.sqlite import ERRORS

_TOLD: Final[tuple[type[Exception], ...]] = (OSError, DBAPIError, *ERRORS)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raise Unavailable ``storage.too-little-space`` unless there is room for that much."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise Unavailable(
            "storage.too-little-space",
            folder=str(folder),
            needed_mb=needed_bytes // 1_000_000 + 1,
            free_mb=free_bytes // 1_000_000,
        )


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Turn whatever a full disk raises into Unavailable ``storage.disk-full``."""
    try:
        yield
    except _TOLD as failure:
        if not is_full(failure):
            raise
        raise Unavailable("storage.disk-full") from failure


def is_full(failure: Exception) -> bool:
    """Whether a failure of the disk or of a database means that there is no room."""
    inner = failure.orig if isinstance(failure, DBAPIError) else failure
    if isinstance(inner, OSError):
        return inner.errno in _FULL
    code: int = getattr(inner, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL or getattr(inner, "sqlstate", "") == "53100"
