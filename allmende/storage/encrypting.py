"""Encrypts a database that an older release left plain. Killed anywhere: old or new.

1. The log of changes is taken into the plain file, which nobody else may have open.
2. Everything is copied into a new, encrypted file, which is compared and brought to the disk.
3. The plain file gets a second name; the new one takes its place by one rename.
4. What has the second name is overwritten and removed: at once, or at the next start.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import sqlcipher3.dbapi2 as sqlcipher

from allmende.core.errors import Conflict
from allmende.storage.blobs import sync_folder
from allmende.storage.folder import one_at_a_time
from allmende.storage.sqlite import ERRORS, connect
from allmende.storage.vault import is_encrypted, is_plain

NEW: Final = ".encrypting"
OLD: Final = ".plain"
_COPIES: Final = "before-*.db"
_PIECE: Final = bytes(1024 * 1024)
_COUNTS: Final = (
    "SELECT name, printf('SELECT count(*) FROM \"%w\"', name)"
    " FROM sqlite_master WHERE type = 'table' ORDER BY name"
)
_LOG: Final = logging.getLogger(__name__)


def encrypt_once(path: Path, key: bytes) -> bool:
    """Encrypt the database ``path`` and copies of it beside it, if they are plain. Blocks.

    Nobody may have them open. Returns whether anything was plain. Raises Conflict
    ``storage.database-in-use``.
    """
    with one_at_a_time(path.parent):
        found = [_encrypted(one, key) for one in (path, *sorted(path.parent.glob(_COPIES)))]
    return any(found)


def _encrypted(path: Path, key: bytes) -> bool:
    new, old = path.with_name(path.name + NEW), path.with_name(path.name + OLD)
    new.unlink(missing_ok=True)
    plain = is_plain(path)
    if plain:
        old.unlink(missing_ok=True)  # a second name of the file that is still in its place
        _copy(path, new, key)
        os.link(path, old)
        new.rename(path)
        sync_folder(path.parent)
        _LOG.info("%s is encrypted now", path.name)
    if old.exists() and is_encrypted(path):
        _overwrite(old)
        old.unlink()
        sync_folder(path.parent)
    return plain


def _copy(path: Path, new: Path, key: bytes) -> None:
    with _alone_with(path) as raw:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        raw.execute("ATTACH DATABASE ? AS encrypted KEY ?", (str(new), f"x'{key.hex()}'"))
        raw.execute("SELECT sqlcipher_export('encrypted')")
        raw.execute("DETACH DATABASE encrypted")
        expected = dict(_counts(raw))
    with closing(connect(new, key)) as copied:
        (answer,) = copied.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok" or dict(_counts(copied)) != expected:
            raise ValueError(f"the encrypted copy of {path.name} is not like it")
        copied.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        copied.execute("PRAGMA journal_mode = DELETE").fetchone()
    with new.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _alone_with(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the plain file with its log taken in, and let nobody else in."""
    raw: sqlite3.Connection = sqlcipher.connect(path, timeout=5, isolation_level=None)
    with closing(raw):
        try:
            raw.execute("PRAGMA cipher_log_level = NONE")
            raw.execute("PRAGMA temp_store = MEMORY")
            raw.execute("PRAGMA journal_mode = DELETE").fetchone()
            raw.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("COMMIT")
        except ERRORS as failure:
            raise Conflict("storage.database-in-use", file=path.name) from failure
        yield raw


def _counts(raw: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Yield each table with its number of rows."""
    for name, count in raw.execute(_COUNTS).fetchall():
        (rows,) = raw.execute(count).fetchone()
        yield str(name), int(rows)


def _overwrite(path: Path) -> None:
    """Write zeros over the file. Flash memory may keep the old blocks for a while."""
    left = path.stat().st_size
    with path.open("r+b") as file:
        while left > 0:
            left -= file.write(_PIECE[: min(left, len(_PIECE))])
        file.flush()
        os.fsync(file.fileno())
