"""Fills a folder and a database from a backup while it is read, in places nobody uses yet."""

import os
from collections import Counter
from pathlib import Path
from typing import IO, Final

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from allmende.storage.archive import ArchiveReader, Content, Manifest, damaged
from allmende.storage.backup import ALSO, BLOB_FOLDER
from allmende.storage.blobs import keep_blob
from allmende.storage.folder import make_folder
from allmende.storage.migrate import apply_next_postgres, migrate, migrations
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.rows import Shape, add_rows, clear, set_last_id, shapes
from allmende.storage.space import is_full
from allmende.storage.sqlite import ERRORS, driver, sqlite_engine
from allmende.storage.vault import KEY_NAME, HouseKeys

_NOT_A_ROW: Final[tuple[type[Exception], ...]] = (msgspec.DecodeError, DBAPIError, *ERRORS)
_THROWN_AWAY_IF_TORN: Final = (
    "PRAGMA foreign_keys = OFF",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
)
_FOREIGN_KEYS: Final = text(
    "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


class Filling:
    """Fills a folder of its own and a database from a backup."""

    def __init__(self, folder: Path, manifest: Manifest, keys: HouseKeys | None) -> None:
        self.folder = folder
        self.manifest = manifest
        self.keys = keys
        self._shapes: dict[str, Shape] = {}
        self._rows: Counter[str] = Counter()

    @property
    def database_key(self) -> bytes | None:
        """The key of the database, if it is encrypted."""
        return self.keys.database if self.keys else None

    def fill_sqlite(self, file: IO[bytes]) -> None:
        """Make ``allmende.db`` in the folder, with the schema that the backup had."""
        migrate("", self.folder, self.keys, up_to=self.manifest.migration)
        engine = sqlite_engine(self.folder / SQLITE_NAME, self.database_key)
        try:
            with engine.connect() as db:
                raw = driver(db)
                for pragma in _THROWN_AWAY_IF_TORN:
                    raw.execute(pragma)
                raw.execute("BEGIN IMMEDIATE")
                self.fill(file, db)
                if raw.execute("PRAGMA foreign_key_check").fetchone():
                    raise damaged("rows refer to rows that are not there")
                raw.execute("COMMIT")
        finally:
            engine.dispose()

    def fill(self, file: IO[bytes], db: Connection) -> None:
        """Add everything, in the transaction of ``db``. Raises InvalidInput."""
        entries = {entry.name: entry for entry in self.manifest.tables}
        found = shapes(db)
        if {(s.name, *s.columns) for s in found} != {
            (e.name, *e.columns) for e in entries.values()
        }:
            raise damaged("tables are not those of its migration")
        self._shapes = {m: s for s in found for m in entries[s.name].members()}
        clear(db, found)
        reader = ArchiveReader(file)
        for name, content in reader.members():
            self._add(db, name, content)
        if reader.manifest != self.manifest:
            raise damaged("it changed while it was read")
        for shape in found:
            entry = entries[shape.name]
            if self._rows[shape.name] != entry.rows:
                raise damaged(f"the number of rows of {shape.name}")
            if entry.last_id is not None:
                set_last_id(db, shape, entry.last_id)

    def _add(self, db: Connection, name: str, content: Content) -> None:
        kind, _, rest = name.partition("/")
        if kind == "tables":
            shape = self._shapes.get(name)
            if shape is None:
                raise damaged("a table that is not in the manifest")
            try:
                self._rows[shape.name] += add_rows(db, shape, content.lines())
            except _NOT_A_ROW as failure:
                if is_full(failure):
                    raise
                raise damaged(f"a row of {shape.name}") from failure
        elif kind == "blobs":
            keep_blob(self.folder / BLOB_FOLDER, content, self.keys.blobs if self.keys else None)
        else:
            self._write(rest, content)

    def _write(self, name: str, content: Content) -> None:
        path = self.folder / name
        if name.split("/")[0] not in ALSO or path.name.startswith(KEY_NAME):
            raise damaged("a file that no backup has")
        make_folder(path.parent)
        with open(path, "xb", opener=lambda at, how: os.open(at, how, 0o600)) as file:
            while piece := content.read():
                file.write(piece)


def fill_postgres(filling: Filling, file: IO[bytes], db: Connection) -> None:
    """Make the tables that the backup had and fill them, in the transaction of ``db``."""
    while apply_next_postgres(db, migrations()[: filling.manifest.migration]):
        continue
    # Tables come in the order of their names; what they refer to may come later.
    references = db.execute(_FOREIGN_KEYS).all()
    for table, name in references:
        db.execute(
            text(f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")
        )
    filling.fill(file, db)
    db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for table, name in references:
        db.execute(text(f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT DEFERRABLE"))
