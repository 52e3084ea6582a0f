"""What is kept: room for it, whether it is whole, who can read it, how fast it is written."""

import asyncio
import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from allmende.app.doctor.situation import Situation
from allmende.core.errors import AllmendeError
from allmende.core.findings import Finding, broken, good, warning
from allmende.storage.blobs import BlobHash, blob_of, open_blob
from allmende.storage.migrate import newest_number
from allmende.storage.opening import SQLITE_NAME, is_postgres, open_database
from allmende.storage.sqlite import ERRORS, WrongKey, connect
from allmende.storage.vault import is_plain, key_path, mode_of

_FREE_WARNING: Final = 0.20
_FREE_BROKEN: Final = 0.05
_TIMES_DATABASE: Final = 2.2
_LOG_BYTES: Final = 1 << 30
_SLOW_S: Final = 0.05
_WRITES: Final = 20
_UNREADABLE: Final[tuple[type[Exception], ...]] = (*ERRORS, AllmendeError, SQLAlchemyError)
_SAMPLE: Final = 20
_BLOCK: Final = 4096
_NUMBER: Final = "SELECT max(number) FROM schema_migration"

Usage = Callable[[Path], tuple[int, int, int]]
Timed = Callable[[Path], list[float]]


def free(here: Situation, usage: Usage = shutil.disk_usage) -> Finding:
    """Enough free space for what people write."""
    total, _, left = usage(_there(here.data))
    share = left / total if total else 0.0
    values = {"percent": round(share * 100), "gib": round(left / 2**30, 1), "data": str(here.data)}
    if share < _FREE_BROKEN:
        return broken("storage.free", "check.disk", "check.disk-remedy", **values)
    if share < _FREE_WARNING:
        return warning("storage.free", "check.disk", "check.disk-remedy", **values)
    return good("storage.free", "check.disk", **values)


def room(here: Situation, usage: Usage = shutil.disk_usage) -> Finding:
    """An upgrade copies the database first, and again."""
    path, name = here.data / SQLITE_NAME, "storage.room"
    if not path.exists():
        return good(name, "check.database-at-start")
    _, _, left = usage(here.data)
    needed = path.stat().st_size * _TIMES_DATABASE
    values = {"mib": round(left / 2**20), "needed": round(needed / 2**20), "data": str(here.data)}
    if left < needed:
        return warning(name, "check.room", "check.disk-remedy", **values)
    return good(name, "check.room-good", **values)


def write_log(here: Situation) -> Finding:
    """The log of changes is taken into the database again and again."""
    path = here.data / f"{SQLITE_NAME}-wal"
    size = path.stat().st_size if path.exists() else 0
    if size >= _LOG_BYTES:
        return warning(
            "storage.log", "check.log-large", "check.log-large-remedy", mib=round(size / 2**20)
        )
    return good("storage.log", "check.log-good", mib=round(size / 2**20))


def integrity(here: Situation) -> Finding:
    """Every page of the database is as it was written."""
    name, path = "storage.integrity", here.data / SQLITE_NAME
    if is_postgres(here.config.database.url):
        return good(name, "check.integrity-postgres")
    if not path.exists():
        return good(name, "check.database-at-start")
    if here.keys is None and not is_plain(path):
        return good(name, "check.locked")
    if not here.is_thorough:
        return good(name, "check.integrity-later")
    try:
        with closing(_opened(here, path)) as raw:
            (answer,) = raw.execute("PRAGMA integrity_check(1)").fetchone()
    except _UNREADABLE:
        return broken(name, "check.database-unreadable", "check.restore-remedy")
    if answer != "ok":
        return broken(name, "check.database-damaged", "check.restore-remedy")
    return good(name, "check.integrity-good")


def release(here: Situation) -> Finding:
    """The database is of this release."""
    name, path = "storage.release", here.data / SQLITE_NAME
    is_foreign = is_postgres(here.config.database.url)
    if not is_foreign and not path.exists():
        return good(name, "check.database-at-start")
    if not is_foreign and here.keys is None and not is_plain(path):
        return good(name, "check.locked")
    try:
        number = _postgres_number(here) if is_foreign else _sqlite_number(here, path)
    except _UNREADABLE:
        if is_foreign:
            return broken(name, "check.postgres-silent", "check.postgres-remedy")
        return broken(name, "check.database-unreadable", "check.restore-remedy")
    values = {"found": str(number), "known": str(newest_number())}
    if number > newest_number():
        return broken(name, "check.release-newer", "check.release-newer-remedy", **values)
    if number < newest_number():
        return warning(name, "check.release-older", "check.release-older-remedy", **values)
    return good(name, "check.release-good", **values)


def write_times(folder: Path) -> list[float]:
    """Return how long small durable writes take, in seconds."""
    path, taken = folder / ".check", list[float]()
    try:
        for _ in range(_WRITES):
            begin = time.perf_counter()
            with path.open("wb") as file:
                file.write(bytes(_BLOCK))
                file.flush()
                os.fsync(file.fileno())
            taken.append(time.perf_counter() - begin)
    finally:
        path.unlink(missing_ok=True)
    return taken


def latency(here: Situation, timed: Timed = write_times) -> Finding:
    """Nothing is acknowledged before it is on the disk: a slow disk makes everybody wait."""
    if not os.access(here.data, os.W_OK):
        return good("storage.latency", "check.database-at-start")
    worst = sorted(timed(here.data))[-2]
    values = {"ms": round(worst * 1000, 1)}
    if worst > _SLOW_S:
        return warning("storage.latency", "check.disk-slow", "check.disk-slow-remedy", **values)
    return good("storage.latency", "check.disk-fast", **values)


def files(here: Situation) -> Finding:
    """A sample of what people uploaded is what it was."""
    name, folder = "storage.files", here.data / "blobs"
    key = here.keys.blobs if here.keys else None
    checked = 0
    for path in sorted(folder.glob("??/??/*"), key=lambda path: path.stat().st_atime)[:_SAMPLE]:
        blob = blob_of(path, key)
        if key is None and here.keys is None and (here.data / SQLITE_NAME).exists():
            return good(name, "check.locked")
        if blob is None or not _is_whole(folder, blob, key):
            return broken(name, "check.files-damaged", "check.files-remedy", file=path.name[:12])
        checked += 1
    return good(name, "check.files-good", n=checked)


def permissions(here: Situation) -> Finding:
    """Nobody else reads the data folder, and the server can write it."""
    name, folder = "storage.permissions", here.data
    values = {"data": str(folder)}
    if not folder.exists():
        return good(name, "check.folder-at-start", **values)
    if not os.access(folder, os.W_OK | os.X_OK):
        return broken(name, "check.folder-closed", "check.folder-closed-remedy", **values)
    owner = folder.stat().st_uid
    strange = [path for path in folder.glob("*") if path.lstat().st_uid != owner]
    if strange:
        return broken(
            name, "check.folder-owner", "check.folder-owner-remedy", path=str(strange[0]), **values
        )
    shown = [path for path in (folder, *_secrets(here)) if path.stat().st_mode & 0o077]
    if shown:
        return warning(
            name, "check.folder-open", "check.folder-open-remedy", path=str(shown[0]), **values
        )
    return good(name, "check.folder-good", **values)


def key(here: Situation) -> Finding:
    """The key of the house is there, in the form that the configuration wants."""
    name, file = "storage.key", key_path(here.data, here.config.key_file)
    values = {"file": str(file)}
    try:
        mode = mode_of(file)
    except (AllmendeError, OSError):
        return broken(name, "check.key-damaged", "check.key-damaged-remedy", **values)
    if mode is None:
        path = here.data / SQLITE_NAME
        # With keys this may be the server that has it open, and then it is encrypted.
        if path.exists() and (here.keys is not None or not is_plain(path)):
            return broken(name, "check.key-missing", "check.key-damaged-remedy", **values)
        return good(name, "check.key-at-start")
    if mode != here.config.key_mode:
        return warning(name, "check.key-mode", "check.key-mode-remedy", **values)
    return good(name, "check.key-sealed" if mode == "sealed" else "check.key-good", **values)


def volume(here: Situation) -> Finding:
    """The files of PostgreSQL are not encrypted by us: the disk should be."""
    name = "storage.volume"
    if not is_postgres(here.config.database.url):
        return good(name, "check.volume-none")
    names = (here.root / "sys/block").glob("*/dm/uuid")
    if any(_begins(path).startswith("CRYPT-") for path in names):
        return good(name, "check.volume-good")
    return warning(name, "check.volume", "check.volume-remedy")


def _there(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.is_dir())


def _opened(here: Situation, path: Path) -> sqlite3.Connection:
    """Open it, plain if no start has encrypted it yet. Nobody asks ``is_plain`` inside a server."""
    if here.keys is None:
        return connect(path)
    try:
        return connect(path, here.keys.database)
    except WrongKey:
        return connect(path)


def _sqlite_number(here: Situation, path: Path) -> int:
    with closing(_opened(here, path)) as raw:
        return int(raw.execute(_NUMBER).fetchone()[0] or 0)


def _postgres_number(here: Situation) -> int:
    async def ask() -> int:
        async with open_database(here.config.database.url, here.data) as opened:
            return await opened.read(_number)

    return asyncio.run(ask())


def _number(db: Connection) -> int:
    return int(db.execute(text(_NUMBER)).scalar_one() or 0)


def _is_whole(folder: Path, blob: BlobHash, key: bytes | None) -> bool:
    digest = hashlib.sha256()
    try:
        with closing(open_blob(folder, blob, key)) as content:
            while piece := content.read(_BLOCK * 64):
                digest.update(piece)
    except (AllmendeError, OSError):
        return False
    return digest.hexdigest() == blob


def _secrets(here: Situation) -> Iterator[Path]:
    for pattern in ("*.db", "tls/*.key", "tls/acme/*.pem", "tls/acme/*.key", "keys/*"):
        yield from here.data.glob(pattern)


def _begins(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
