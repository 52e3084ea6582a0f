"""The way back: a backup into an empty folder and an empty database, whole or not at all.

1. The file is read from its first to its last byte; nothing is written.
2. It is read again, into a folder of its own and a database that nobody sees.
3. The database is brought to this release; sessions end; what was deleted since stays deleted.
4. Everything moves to its place by renames, the database last.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from sqlalchemy import Connection, delete, inspect

from allmende.core.errors import Conflict
from allmende.storage.age import BEGIN, decrypting
from allmende.storage.archive import (
    ArchiveReader,
    Manifest,
    newer,
    require_whole,
)
from allmende.storage.blobs import sync_folder
from allmende.storage.deletions import Act, Deletion, reapply
from allmende.storage.filling import Filling, fill_postgres
from allmende.storage.folder import LOCK_NAME, lock_folder
from allmende.storage.migrate import apply_next_postgres, migrate, migrations, newest_number
from allmende.storage.opening import SQLITE_NAME, is_postgres
from allmende.storage.postgres import postgres_engine
from allmende.storage.rows import shapes
from allmende.storage.selfcheck import require_readable, require_sound, take_in_log
from allmende.storage.space import full_disk_told, require_space
from allmende.storage.sqlite import driver, sqlite_engine
from allmende.storage.types import instant_of
from allmende.storage.vault import KEY_FOLDER, KEY_NAME, HouseKeys

WORK: Final = ".restoring"
_MAY_BE_THERE: Final = (LOCK_NAME, WORK, "backups", "allmende.toml")
_SESSIONS: Final = "identity_session"
_LEDGER: Final = "deletion"
_GROWTH: Final = 2.0
_BESIDES_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Settling:
    """What is done to a restored database before anybody uses it.

    ``ledger`` is what was deleted since the backup, ``acts`` how kinds of things are deleted;
    ``last`` comes after that and tells people.
    """

    now: datetime
    ledger: Sequence[Deletion] = ()
    acts: Mapping[str, Act] = field(default_factory=dict)
    last: Callable[[Connection, datetime], None] | None = None


def is_encrypted(source: Path) -> bool:
    """Whether a backup is a file of age; older releases made plain ones."""
    with source.open("rb") as file:
        return file.read(len(BEGIN)) == BEGIN


def checked(source: Path, identities: Sequence[str] = ()) -> Manifest:
    """Read a backup from its first to its last byte and say what is in it. Writes nothing.

    Raises InvalidInput ``storage.backup-damaged``; Conflict ``storage.newer-backup``,
    ``storage.backup-needs-key``; NotAllowed ``storage.wrong-backup-key``.
    """
    with inside(source, identities) as file:
        manifest = require_whole(file)
    if manifest.migration > newest_number():
        raise newer(manifest.migration, newest_number())
    return manifest


def ledger_of(source: Path, identities: Sequence[str] = ()) -> Sequence[Deletion]:
    """Return what a newer backup knows of deletions. Raises what ``checked`` raises."""
    rows: list[list[Any]] = []
    with inside(source, identities) as file:
        reader = ArchiveReader(file)
        for name, content in reader.members():
            if name.startswith(f"tables/{_LEDGER}."):
                rows += [msgspec.json.decode(line) for line in content.lines()]
        tables = [entry for entry in reader.manifest.tables if entry.name == _LEDGER]
    names = [name for entry in tables for name, _ in entry.columns]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [Deletion(row["kind"], row["thing"], instant_of(row["at"])) for row in found]


@contextmanager
def inside(source: Path, identities: Sequence[str]) -> Iterator[IO[bytes]]:
    """Give what is inside of a backup, encrypted or, of older releases, plain."""
    with source.open("rb") as file:
        if not is_encrypted(source):
            yield file
        elif not identities:
            raise Conflict("storage.backup-needs-key")
        else:
            with decrypting(file, identities) as plain:
                yield plain


def restore(
    source: Path,
    data: Path,
    url: str = "",
    *,
    settling: Settling,
    keys: HouseKeys | None = None,
    identities: Sequence[str] = (),
    manifest: Manifest | None = None,
) -> Manifest:
    """Bring a backup back into the empty folder ``data`` and an empty database. Blocks.

    The whole file is checked before anything is written; ``manifest``: it has been, by
    ``checked``. Raises what that raises; Conflict ``storage.folder-not-empty``,
    ``storage.database-not-empty``, ``storage.folder-locked``; Unavailable
    ``storage.too-little-space``, ``storage.disk-full``. Then nothing has been written.
    """
    manifest = manifest or checked(source, identities)
    require_empty(data)
    with full_disk_told(), lock_folder(data), ExitStack() as stack:
        require_empty(data)
        filling = Filling(data / WORK, manifest, keys)
        require_space(data, int(manifest.size_bytes * _GROWTH) + _BESIDES_BYTES)
        file = stack.enter_context(inside(source, identities))
        if is_postgres(url):
            _restore_postgres(filling, file, url, settling)
        else:
            _restore_sqlite(filling, file, settling)
    return manifest


def require_empty(data: Path) -> None:
    """Raise Conflict ``storage.folder-not-empty`` where something would be overwritten.

    The key of the house and what a restore that was interrupted left may be there.
    """
    if (data / WORK).exists() and not (data / SQLITE_NAME).exists():
        return
    if any(True for _ in _in_the_way(data)):
        raise Conflict("storage.folder-not-empty", folder=str(data))


def require_finished(data: Path, *, has_database: bool) -> None:
    """Raise Conflict ``storage.restore-unfinished`` if a restore was interrupted in ``data``."""
    if (data / WORK).exists():
        if not has_database:
            raise Conflict("storage.restore-unfinished", folder=str(data))
        shutil.rmtree(data / WORK)


def settle(db: Connection, settling: Settling) -> int:
    """End all sessions and delete again what is in the ledger; return how many."""
    for shape in shapes(db):
        if shape.name == _SESSIONS:
            db.execute(delete(shape.table()))
    count = reapply(db, settling.ledger, settling.acts, settling.now)
    if settling.last is not None:
        settling.last(db, settling.now)
    return count


def settle_file(path: Path, key: bytes | None, settling: Settling) -> int:
    """Do so with a database of SQLite that nobody uses."""
    engine = sqlite_engine(path, key)
    try:
        with engine.connect() as db:
            driver(db).execute("BEGIN IMMEDIATE")
            count = settle(db, settling)
            driver(db).execute("COMMIT")
        return count
    finally:
        engine.dispose()


def _restore_sqlite(filling: Filling, file: IO[bytes], settling: Settling) -> None:
    path = filling.folder / SQLITE_NAME
    with _work_folder(filling.folder):
        filling.fill_sqlite(file)
        migrate("", filling.folder, filling.keys)
        settle_file(path, filling.database_key, settling)
        require_sound(path, filling.database_key)
        take_in_log(path, filling.database_key)
        os.sync()
        _move_into_place(filling.folder)


def _restore_postgres(filling: Filling, file: IO[bytes], url: str, settling: Settling) -> None:
    """Make tables and rows in one transaction: all of it or nothing."""
    engine = postgres_engine(url)
    try:
        with engine.begin() as db:
            if inspect(db).get_table_names():
                raise Conflict("storage.database-not-empty")
            with _work_folder(filling.folder):
                fill_postgres(filling, file, db)
                while apply_next_postgres(db, migrations()):
                    continue
                settle(db, settling)
                require_readable(db)
                os.sync()
                _move_into_place(filling.folder)
    finally:
        engine.dispose()


def _in_the_way(data: Path) -> Iterator[Path]:
    if not data.exists():
        return
    for path in data.iterdir():
        if path.name == KEY_FOLDER:
            yield from (key for key in path.iterdir() if not key.name.startswith(KEY_NAME))
        elif path.name not in _MAY_BE_THERE:
            yield path


@contextmanager
def _work_folder(folder: Path) -> Iterator[None]:
    """Make the folder anew, after what an interrupted restore left; remove it at the end."""
    if folder.exists():
        for path in list(_in_the_way(folder.parent)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_into_place(folder: Path) -> None:
    """Move all of it one floor up, the database last."""
    _move(folder, folder.parent)
    sync_folder(folder.parent)


def _move(source: Path, target: Path) -> None:
    for path in sorted(source.iterdir(), key=lambda path: path.name == SQLITE_NAME):
        goal = target / path.name
        if path.is_dir() and goal.is_dir():
            _move(path, goal)
        else:
            path.rename(goal)
