"""A database of any release with rows in every table, made from the migrations themselves."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Inspector, insert, inspect

from allmende.storage.backup import table_digest
from allmende.storage.blobs import blobs, keep_blob
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.rows import Shape, shapes
from allmende.storage.selfcheck import opened
from allmende.storage.sqlite import driver, sqlite_engine
from allmende.storage.vault import HouseKeys
from tests.databases import KEYS as KEYS

LAST_RELEASE = 6
"""The newest migration of the release before this one."""


class Piece:
    """A content in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int = -1, /) -> bytes:
        taken = self._content if size < 0 else self._content[:size]
        self._content = self._content[len(taken) :]
        return taken

    def close(self) -> None:
        """Nothing to close."""


def filled_place(
    data: Path, keys: HouseKeys | None = None, *, number: int | None = None, rows: int = 5
) -> Path:
    """Make ``data/allmende.db`` of release ``number`` with rows everywhere; return its path."""
    data.mkdir(parents=True, exist_ok=True)
    migrate("", data, keys, up_to=number)
    path = data / SQLITE_NAME
    engine = sqlite_engine(path, keys.database if keys else None)
    with engine.connect() as db:
        driver(db).execute("BEGIN IMMEDIATE")
        fill_all(db, rows)
        driver(db).execute("COMMIT")
    engine.dispose()
    return path


def fill_all(db: Connection, rows: int) -> None:
    """Add rows to each table; those that refer to others refer to the row of the same number."""
    inspector = inspect(db)
    for shape in shapes(db):
        if shape.name == blobs.name:
            continue
        known = _references(inspector, shape.name)
        columns = [name for name, _ in shape.columns]
        many = [
            {name: number if name in known else value_of(shape, name, number) for name in columns}
            for number in range(2, rows + 2)  # the migrations added one to the log themselves
        ]
        db.execute(insert(shape.table()), many)


def value_of(shape: Shape, column: str, number: int) -> Any:
    kind = dict(shape.columns)[column]
    return {
        "number": number,
        "text": f"{shape.name}.{column} ü☺ {number}",
        "truth": bool(number % 2),
        "bytes": hashlib.sha256(f"{column}{number}".encode()).digest(),
        "float": number / 7,
    }[kind]


def _references(inspector: Inspector, table: str) -> set[str]:
    return {
        name for key in inspector.get_foreign_keys(table) for name in key["constrained_columns"]
    }


def add_blobs(data: Path, keys: HouseKeys | None, contents: list[bytes]) -> None:
    """Keep contents that are in use."""
    engine = sqlite_engine(data / SQLITE_NAME, keys.database if keys else None)
    with engine.connect() as db:
        driver(db).execute("BEGIN IMMEDIATE")
        for content in contents:
            name = keep_blob(data / "blobs", Piece(content), keys.blobs if keys else None)
            db.execute(insert(blobs).values(hash=name, size_bytes=len(content), uses=1))
        driver(db).execute("COMMIT")
    engine.dispose()


def digests(path: Path, keys: HouseKeys | None = None) -> Mapping[str, tuple[str, int]]:
    """What is in each table."""
    with opened(path, keys.database if keys else None) as db:
        return digests_in(db)


def digests_in(db: Connection) -> Mapping[str, tuple[str, int]]:
    return {shape.name: table_digest(db, shape) for shape in shapes(db)}
