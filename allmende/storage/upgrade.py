"""From one release to the next: old or new, whatever happens (architecture, A24).

SQLite: a copy is migrated and looked through, then takes the place of the database by one
rename; what was there stays as ``before-0008.db`` for a week. PostgreSQL: everything is saved
into ``before-0008.age``, then all steps run in one transaction.
"""

import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from sqlalchemy import text

from allmende.storage import age
from allmende.storage.backup import save_tables
from allmende.storage.blobs import sync_folder
from allmende.storage.encrypting import encrypt_once
from allmende.storage.folder import one_at_a_time
from allmende.storage.migrate import (
    FOLDER,
    Migration,
    apply_next_postgres,
    migrate,
    migrations,
    missing,
    number_of,
)
from allmende.storage.opening import SQLITE_NAME, is_postgres
from allmende.storage.postgres import postgres_engine
from allmende.storage.restore import require_finished
from allmende.storage.selfcheck import require_readable, require_sound, still, take_in_log
from allmende.storage.space import full_disk_told, require_space
from allmende.storage.sqlite import connect
from allmende.storage.vault import HouseKeys

WORK: Final = ".upgrading"
KEPT_DAYS: Final = 7
SNAPSHOTS: Final = ("before-*.db", "before-*.age", "undone-*.db")
IDENTITY: Final = "rollback"
"""Name of the secret in PostgreSQL that opens its ``before-0008.age``."""

_GROWTH: Final = 1.5
_BESIDES_BYTES: Final = 64 * 1024 * 1024
_PIECE_BYTES: Final = 1024 * 1024
_LOG: Final = logging.getLogger(__name__)
_FORGET: Final = text("DELETE FROM house_secret WHERE name = :name")
_KEEP: Final = text("INSERT INTO house_secret (name, value) VALUES (:name, :value)")


def upgrade(
    url: str, data: Path, keys: HouseKeys | None = None, *, folder: Path = FOLDER
) -> Sequence[str]:
    """Bring the database to this release; return the names of the steps. Blocks.

    The caller holds the lock of the folder. Raises Conflict ``storage.newer-database``,
    ``storage.database-in-use``, ``storage.not-sound``, ``storage.restore-unfinished``;
    Unavailable ``storage.too-little-space``. Whatever is raised, nothing has changed.
    """
    shutil.rmtree(data / WORK, ignore_errors=True)
    with full_disk_told():
        if is_postgres(url):
            return _upgrade_postgres(url, data, migrations(folder))
        path, key = data / SQLITE_NAME, keys.database if keys else None
        require_finished(data, has_database=path.exists())
        if path.exists():
            if key is not None:
                encrypt_once(path, key)
            with one_at_a_time(data):
                have = _have(path, key)
                todo = missing(have, migrations(folder))
                if have and todo:
                    return _upgrade_sqlite(path, keys, folder, todo)
        return migrate("", data, keys, folder=folder)


def remove_snapshots(data: Path, now_s: float, *, days: float = KEPT_DAYS) -> int:
    """Remove what was kept for a way back and is older; return how many."""
    found = [path for pattern in SNAPSHOTS for path in data.glob(pattern)]
    old = [path for path in found if now_s - path.stat().st_mtime > days * 86400]
    for path in old:
        path.unlink()
    return len(old)


def switch(new: Path, path: Path, kept: Path) -> None:
    """Let ``new`` take the place of ``path``, which stays as ``kept``. Killed: old or new."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    kept.unlink(missing_ok=True)
    os.link(path, kept)
    os.utime(kept)  # the days of grace begin now, not when something was last written
    sync_folder(path.parent)
    new.rename(path)
    sync_folder(path.parent)


def copy_file(source: IO[bytes], copy: Path) -> None:
    """Copy a database whose log is taken in; only we may read the copy."""
    with open(copy, "xb", opener=lambda name, how: os.open(name, how, 0o600)) as target:
        shutil.copyfileobj(source, target, _PIECE_BYTES)


def _have(path: Path, key: bytes | None) -> int:
    raw = connect(path, key)
    try:
        return number_of(raw)
    finally:
        raw.close()


def _upgrade_sqlite(
    path: Path, keys: HouseKeys | None, folder: Path, todo: Sequence[Migration]
) -> Sequence[str]:
    key, size_bytes = keys.database if keys else None, path.stat().st_size
    require_space(path.parent, int(size_bytes * _GROWTH) + _BESIDES_BYTES)
    work = path.parent / WORK
    work.mkdir(mode=0o700)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        # Closed last: closing a file drops all locks that this process holds on it.
        source = stack.enter_context(path.open("rb"))
        stack.enter_context(still(path, key))
        copy = work / SQLITE_NAME
        copy_file(source, copy)
        names = migrate("", work, keys, folder=folder)
        require_sound(copy, key)
        take_in_log(copy, key)
        switch(copy, path, path.with_name(f"before-{todo[0].number:04}.db"))
    _LOG.info("upgraded: %s", ", ".join(names))
    return names


def _upgrade_postgres(url: str, data: Path, steps: Sequence[Migration]) -> Sequence[str]:
    engine = postgres_engine(url)
    try:
        with engine.connect() as db:
            have = number_of(db.connection.cursor())
            db.rollback()
        require_finished(data, has_database=have > 0)
        todo = missing(have, steps)
        identity, recipient = age.new_identity()
        if have and todo:
            save_tables(url, data / f"before-{todo[0].number:04}.age", recipient)
        names: list[str] = []
        with engine.begin() as db:
            while step := apply_next_postgres(db, steps):
                names.append(step.name)
            if have and names:
                require_readable(db)
                db.execute(_FORGET, {"name": IDENTITY})
                db.execute(_KEEP, {"name": IDENTITY, "value": identity.encode()})
        return names
    finally:
        engine.dispose()
