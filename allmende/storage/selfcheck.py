"""Is a database what it should be? Asked before it takes the place of another, and in drills."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.exc import DBAPIError

from allmende.core.errors import Conflict
from allmende.storage.rows import Shape, shapes
from allmende.storage.sqlite import ERRORS, connect, driver, sqlite_engine

SAMPLES: Final = 100
_CACHE: Final = "PRAGMA cache_size = -32768"  # pages are decrypted again when they fall out
_TORN: Final[tuple[type[Exception], ...]] = (DBAPIError, *ERRORS)


@contextmanager
def opened(path: Path, key: bytes | None) -> Iterator[Connection]:
    """Open a database for reading, outside of any server."""
    engine = sqlite_engine(path, key)
    try:
        with engine.connect() as db:
            driver(db).execute("PRAGMA query_only = ON")
            driver(db).execute("BEGIN")
            yield db
            db.rollback()
    finally:
        engine.dispose()


def require_sound(path: Path, key: bytes | None, *, thorough: bool = False) -> Mapping[str, int]:
    """Look through the whole file; return how many rows each table has.

    ``thorough``: compare every index with its table too, which costs ten times as much.
    Raises Conflict ``storage.not-sound``.
    """
    try:
        with opened(path, key) as db:
            raw = driver(db)
            raw.execute(_CACHE)
            check = "integrity_check" if thorough else "quick_check"
            (answer,) = raw.execute(f"PRAGMA {check}(1)").fetchone()
            if answer != "ok":
                raise not_sound("integrity")
            if raw.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise not_sound("references")
            return require_readable(db)
    except _TORN as failure:
        raise not_sound("integrity") from failure


def require_readable(db: Connection) -> Mapping[str, int]:
    """Count the rows of all tables and read the first and the last of each, on either database.

    Raises Conflict ``storage.not-sound``.
    """
    return {shape.name: _counted(db, shape) for shape in shapes(db)}


def not_sound(what: str) -> Conflict:
    """Return the error for a database that must not be used."""
    return Conflict("storage.not-sound", detail=what, what=what)


def _counted(db: Connection, shape: Shape) -> int:
    table = shape.table()
    count = int(db.execute(select(func.count()).select_from(table)).scalar_one())
    ways: list[list[ColumnElement[object]]] = [
        [column.asc() for column in table.primary_key],
        [column.desc() for column in table.primary_key],
    ]
    for way in ways:
        for row in db.execute(select(table).order_by(*way).limit(SAMPLES)):
            if not shape.fits(row):
                raise not_sound(shape.name)
    return count


@contextmanager
def still(path: Path, key: bytes | None) -> Iterator[None]:
    """Let nobody change the database meanwhile; all of it is in the file, nothing in a log.

    Raises Conflict ``storage.database-in-use`` if another program has it open.
    """
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(closing(connect(path, key)))
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute("PRAGMA journal_mode = DELETE").fetchone()
            raw.execute("BEGIN IMMEDIATE")
        except _TORN as failure:
            raise Conflict("storage.database-in-use", file=path.name) from failure
        yield


def take_in_log(path: Path, key: bytes | None) -> None:
    """Make one file of a database and its log."""
    with still(path, key):
        pass
