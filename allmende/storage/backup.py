"""Backup into one encrypted file while the server runs.

The file does not depend on the database: what was saved from SQLite can be restored into
PostgreSQL and back. It is encrypted for keys that lie elsewhere; without them it says nothing.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from allmende.core.errors import Conflict, NotFound, Unavailable
from allmende.storage.age import encrypting
from allmende.storage.archive import FORMAT, ArchiveWriter, Manifest, TableEntry, part_name
from allmende.storage.blobs import BlobHash, blob_bytes, blobs, open_blob, sync_folder
from allmende.storage.folder import one_at_a_time
from allmende.storage.migrate import applied
from allmende.storage.opening import SQLITE_NAME, is_postgres
from allmende.storage.postgres import postgres_engine
from allmende.storage.recipients import RECIPIENTS_NAME
from allmende.storage.rows import Shape, last_id, lines_of, shapes
from allmende.storage.sqlite import driver, sqlite_engine
from allmende.storage.vault import KEY_NAME, HouseKeys

BLOB_FOLDER: Final = "blobs"
ALSO: Final = ("tls", "acme", "texts", "keys", "config", RECIPIENTS_NAME)
"""What of the data folder is saved too: certificates, texts by the operator, keys that lie
outside of the database, the configuration. The key of the house is not among them."""

CONFIG: Final = "config/allmende.toml"
"""Where the configuration of the last start is kept, below the data folder."""

UNFINISHED: Final = ".unfinished"
PART_BYTES: Final = 4 * 1024 * 1024
_ONE_SNAPSHOT: Final = (
    r"-c default_transaction_isolation=repeatable\ read -c default_transaction_read_only=on"
)

_NUMBER: Final = select(func.max(applied.c.number))
_USED_BLOBS: Final = select(blobs.c.hash).where(blobs.c.uses > 0).order_by(blobs.c.hash)


def backup(
    data: Path,
    url: str,
    target: Path,
    *,
    recipients: Sequence[str],
    keys: HouseKeys | None = None,
) -> Manifest:
    """Save everything into the new file ``target``. Blocks; a running server does not notice.

    Raises Conflict ``storage.no-recipient``, ``storage.backup-exists``; InvalidInput
    ``storage.recipient-refused``; NotFound ``storage.no-database``; Unavailable
    ``storage.blob-damaged`` if a blob that is in use cannot be read.
    """
    if not recipients:
        raise Conflict("storage.no-recipient")
    with _one_snapshot(data, url, keys) as db, new_file(target, recipients) as archive:
        tables = _save_tables(db, archive)
        for (name,) in db.execute(_USED_BLOBS):
            _save_blob(archive, data / BLOB_FOLDER, BlobHash(name), keys.blobs if keys else None)
        for name, path in sorted(_files(data).items()):
            with path.open("rb") as file:
                archive.add(f"files/{name}", file, path.stat().st_size)
        return _finish(db, archive, tables)


def save_tables(url: str, target: Path, recipient: str) -> Manifest:
    """Save the rows of a PostgreSQL database alone; ``target`` is replaced."""
    target.unlink(missing_ok=True)
    with _one_snapshot(target.parent, url, None) as db, new_file(target, [recipient]) as archive:
        return _finish(db, archive, _save_tables(db, archive))


def keep_config(data: Path, file: Path) -> None:
    """Keep a copy of the configuration, so that it is in backups."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = data / CONFIG
    content = file.read_bytes()
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(mode=0o700, exist_ok=True)
    target.unlink(missing_ok=True)
    with open(target, "xb", opener=lambda at, how: os.open(at, how, 0o600)) as copy:
        copy.write(content)


@contextmanager
def new_file(target: Path, recipients: Sequence[str]) -> Iterator[ArchiveWriter]:
    """Make the file ``target``: whole and on disk, or not at all. Only we may read it.

    Raises Conflict ``storage.backup-exists``.
    """
    if target.exists():
        raise Conflict("storage.backup-exists", file=str(target))
    unfinished = target.with_name(target.name + UNFINISHED)
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            with encrypting(file, recipients) as plain:
                yield ArchiveWriter(plain)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
        sync_folder(target.absolute().parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _finish(db: Connection, archive: ArchiveWriter, tables: list[TableEntry]) -> Manifest:
    number = int(db.execute(_NUMBER).scalar_one())
    manifest = Manifest(format=FORMAT, migration=number, tables=tables, files=archive.files)
    archive.finish(manifest)
    return manifest


def _save_tables(db: Connection, archive: ArchiveWriter) -> list[TableEntry]:
    by_name = sorted(shapes(db), key=lambda shape: shape.name)
    return [_save_table(db, archive, shape) for shape in by_name]


def _save_table(db: Connection, archive: ArchiveWriter, shape: Shape) -> TableEntry:
    """Write the rows in parts, since a member begins with its size and memory is small."""
    digest, rows, parts = hashlib.sha256(), 0, 0
    for lines, count in _parts(db, shape):
        parts, rows = parts + 1, rows + count
        digest.update(lines)
        archive.add(part_name(shape.name, parts), BytesIO(lines), len(lines))
    return TableEntry(
        name=shape.name,
        columns=list(shape.columns),
        rows=rows,
        last_id=last_id(db, shape),
        parts=parts,
        sha256=digest.hexdigest(),
    )


def _parts(db: Connection, shape: Shape) -> Iterator[tuple[bytes, int]]:
    pieces, size_bytes, rows = [], 0, 0
    for lines, count in lines_of(db, shape):
        pieces.append(lines)
        size_bytes, rows = size_bytes + len(lines), rows + count
        if size_bytes >= PART_BYTES:
            yield b"".join(pieces), rows
            pieces, size_bytes, rows = [], 0, 0
    if pieces:
        yield b"".join(pieces), rows


def table_digest(db: Connection, shape: Shape) -> tuple[str, int]:
    """Return what a backup would say of a table: the sum of its lines, and how many."""
    digest, rows = hashlib.sha256(), 0
    for lines, count in lines_of(db, shape):
        digest.update(lines)
        rows += count
    return digest.hexdigest(), rows


def _save_blob(archive: ArchiveWriter, folder: Path, name: BlobHash, key: bytes | None) -> None:
    try:
        content = open_blob(folder, name, key)
        try:
            size_bytes = blob_bytes(folder, name, key)
            # An encrypted file is bound to its name: what can be read whole has that digest.
            known = "" if key is None else name
            entry = archive.add(f"blobs/{name}", content, size_bytes, sha256=known)
        finally:
            content.close()
    except (NotFound, ValueError) as failure:
        raise Unavailable("storage.blob-damaged", blob=name[:8]) from failure
    if entry.sha256 != name:
        raise Unavailable("storage.blob-damaged", blob=name[:8])


def _files(data: Path) -> Mapping[str, Path]:
    found = [path for name in ALSO for path in _below(data / name)]
    return {path.relative_to(data).as_posix(): path for path in found}


def _below(place: Path) -> Iterable[Path]:
    paths = [place] if place.is_file() else place.rglob("*")
    for path in paths:
        if path.is_file() and not path.is_symlink() and not path.name.startswith(KEY_NAME):
            yield path


@contextmanager
def _one_snapshot(data: Path, url: str, keys: HouseKeys | None) -> Iterator[Connection]:
    """Give a connection that sees one moment, whatever others commit meanwhile."""
    if is_postgres(url):
        engine = postgres_engine(url, options=_ONE_SNAPSHOT)
    elif (data / SQLITE_NAME).exists():
        engine = sqlite_engine(data / SQLITE_NAME, keys.database if keys else None)
    else:
        raise NotFound("storage.no-database", folder=str(data))
    try:
        # An upgrade that exchanges the file is waited for, or waits for us.
        with one_at_a_time(data):
            db = engine.connect()
        with db:
            if not is_postgres(url):
                driver(db).execute("BEGIN")
            yield db
            db.rollback()
    finally:
        engine.dispose()
