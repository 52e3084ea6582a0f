"""Backup into one file while the server runs, and restore into an empty place.

The file does not depend on the database: what was saved from SQLite can be restored into
PostgreSQL and back. It holds everything people wrote in plain text, so it belongs in a safe place.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, func, inspect, select

from allmende.core.errors import Conflict, NotFound
from allmende.storage.archive import (
    FORMAT,
    Archive,
    ArchiveWriter,
    Manifest,
    TableEntry,
    damaged,
    new_archive,
    open_archive,
)
from allmende.storage.blobs import BlobHash, blob_path, blobs, sync_folder
from allmende.storage.folder import LOCK_NAME, lock_folder
from allmende.storage.migrate import (
    applied,
    apply_next_postgres,
    migrate,
    migrations,
    newest_number,
    remove_snapshots,
)
from allmende.storage.opening import SQLITE_NAME, is_postgres
from allmende.storage.postgres import postgres_engine
from allmende.storage.rows import (
    Shape,
    add_rows,
    clear,
    last_id,
    rows_of,
    set_last_id,
    shapes,
)
from allmende.storage.sqlite import driver, sqlite_engine

BLOB_FOLDER: Final = "blobs"
ALSO: Final = ("tls", "texts", "keys")
"""Folders of the data folder that are saved too: our certificates, texts by the operator, keys
that lie outside of the database."""
_UNFINISHED: Final = ".restoring"
_ONE_SNAPSHOT: Final = (
    r"-c default_transaction_isolation=repeatable\ read -c default_transaction_read_only=on"
)

_NUMBER: Final = select(func.max(applied.c.number))
_USED_BLOBS: Final = select(blobs.c.hash).where(blobs.c.uses > 0).order_by(blobs.c.hash)


def backup(data: Path, url: str, target: Path, *, also: Sequence[str] = ALSO) -> Manifest:
    """Save everything into the new file ``target``. Blocks; a running server does not notice.

    Equal contents give equal files. Raises Conflict ``storage.backup-exists``, NotFound
    ``storage.no-database``, ValueError if a blob that is in use is missing.
    """
    with new_archive(target) as archive, _one_snapshot(data, url) as db:
        number = int(db.execute(_NUMBER).scalar_one())
        tables = [
            _save_table(db, archive, shape, target.absolute().parent)
            for shape in sorted(shapes(db), key=lambda shape: shape.name)
        ]
        for (name,) in db.execute(_USED_BLOBS):
            _save_file(
                archive, f"blobs/{name}", blob_path(data / BLOB_FOLDER, BlobHash(name)), name
            )
        for path in _files(data, also):
            _save_file(archive, f"files/{path.relative_to(data).as_posix()}", path)
        manifest = Manifest(format=FORMAT, migration=number, tables=tables, files=archive.files)
        archive.finish(manifest)
    return manifest


def restore(source: Path, data: Path, url: str = "") -> Manifest:
    """Bring a backup back into the empty folder ``data`` and an empty database. Blocks.

    The whole file is checked before anything is written. Raises InvalidInput
    ``storage.backup-damaged``; Conflict ``storage.newer-backup``, ``storage.folder-not-empty``,
    ``storage.database-not-empty``, ``storage.folder-locked``.
    """
    with open_archive(source) as archive:
        manifest = archive.manifest
        if manifest.migration > newest_number():
            raise Conflict(
                "storage.newer-backup", backup=manifest.migration, program=newest_number()
            )
        _require_empty(data)
        with lock_folder(data), _unfinished_folder(data) as (folder, finish):
            _restore_files(archive, folder)
            if is_postgres(url):
                _restore_postgres(archive, url, folder, finish)
            else:
                _restore_sqlite(archive, folder)
                finish()
    migrate(url, data)
    return manifest


def _save_table(db: Connection, archive: ArchiveWriter, shape: Shape, near: Path) -> TableEntry:
    """Write the rows to a nameless file first: a member begins with its size."""
    count = 0
    with tempfile.TemporaryFile(dir=near) as lines:
        for row in rows_of(db, shape):
            lines.write(shape.line(row))
            count += 1
        size_bytes = lines.tell()
        lines.seek(0)
        archive.add(f"tables/{shape.name}.jsonl", lines, size_bytes)
    return TableEntry(
        name=shape.name, columns=list(shape.columns), rows=count, last_id=last_id(db, shape)
    )


def _save_file(archive: ArchiveWriter, name: str, path: Path, sha256: str = "") -> None:
    with path.open("rb") as file:
        entry = archive.add(name, file, path.stat().st_size)
    if sha256 and entry.sha256 != sha256:
        raise ValueError(f"{name} is damaged on this disk")


def _files(data: Path, also: Iterable[str]) -> Iterator[Path]:
    for name in also:
        yield from sorted(p for p in (data / name).rglob("*") if p.is_file() and not p.is_symlink())


@contextmanager
def _one_snapshot(data: Path, url: str) -> Iterator[Connection]:
    """Give a connection that sees one moment, whatever others commit meanwhile."""
    if is_postgres(url):
        engine = postgres_engine(url, options=_ONE_SNAPSHOT)
    elif (data / SQLITE_NAME).exists():
        engine = sqlite_engine(data / SQLITE_NAME)
    else:
        raise NotFound("storage.no-database", folder=str(data))
    with engine.connect() as db:
        if not is_postgres(url):
            driver(db).execute("BEGIN")
        yield db
        db.rollback()
    engine.dispose()


def _require_empty(data: Path) -> None:
    if data.exists() and any(p.name not in (LOCK_NAME, _UNFINISHED) for p in data.iterdir()):
        raise Conflict("storage.folder-not-empty", folder=str(data))


@contextmanager
def _unfinished_folder(data: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Give a folder on the same disk, and what moves all of it to ``data``, the database last."""
    _require_empty(data)
    folder = data / _UNFINISHED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)

    def finish() -> None:
        for path in sorted(folder.iterdir(), key=lambda path: path.name == SQLITE_NAME):
            path.rename(data / path.name)
        sync_folder(data)

    try:
        yield folder, finish
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _restore_files(archive: Archive, folder: Path) -> None:
    for name in archive.names("blobs"):
        path = blob_path(folder / BLOB_FOLDER, BlobHash(name.removeprefix("blobs/")))
        _write(archive, name, path)
    for name in archive.names("files"):
        _write(archive, name, folder / name.removeprefix("files/"))


def _write(archive: Archive, name: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with archive.member(name) as content, path.open("xb") as file:
        path.chmod(0o600)
        shutil.copyfileobj(content, file)


def _restore_sqlite(archive: Archive, folder: Path) -> None:
    migrate("", folder, up_to=archive.manifest.migration)
    engine = sqlite_engine(folder / SQLITE_NAME)
    with engine.connect() as db:
        raw = driver(db)
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("BEGIN IMMEDIATE")
        _restore_rows(archive, db)
        if raw.execute("PRAGMA foreign_key_check").fetchone():
            raise damaged("rows refer to rows that are not there")
        raw.execute("COMMIT")
    engine.dispose()
    migrate("", folder)
    remove_snapshots(folder, 0, float("inf"))


def _restore_postgres(archive: Archive, url: str, folder: Path, finish: Callable[[], None]) -> None:
    """Make tables and rows in one transaction: all of it or nothing."""
    steps = migrations()[: archive.manifest.migration]
    with ExitStack() as stack:
        engine = postgres_engine(url)
        stack.callback(engine.dispose)
        db = stack.enter_context(engine.begin())
        if inspect(db).get_table_names():
            raise Conflict("storage.database-not-empty")
        while apply_next_postgres(db, steps):
            pass
        _restore_rows(archive, db)
        finish()


def _restore_rows(archive: Archive, db: Connection) -> None:
    entries = {entry.name: entry for entry in archive.manifest.tables}
    found = shapes(db)
    if {(s.name, *s.columns) for s in found} != {(e.name, *e.columns) for e in entries.values()}:
        raise damaged("tables are not those of its migration")
    clear(db, found)
    for shape in found:
        entry = entries[shape.name]
        with closing(archive.member(f"tables/{shape.name}.jsonl")) as lines:
            try:
                count = add_rows(db, shape, lines)
            except msgspec.DecodeError as failure:
                raise damaged(f"a row of {shape.name}") from failure
        if count != entry.rows:
            raise damaged(f"the number of rows of {shape.name}")
        if entry.last_id is not None:
            set_last_id(db, shape, entry.last_id)
