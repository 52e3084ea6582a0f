"""Brings the schema to the newest number (architecture, A24).

Migrations are files ``allmende/migrations/0007_system_what.sql``: plain SQL, numbered without
gaps, forward only, one transaction each. Lines below ``-- sqlite:`` or ``-- postgres:`` are for
that database only, until ``-- both:``.
"""

import logging
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import BigInteger, Column, Connection, Table

from allmende.core.errors import Conflict
from allmende.storage.encrypting import encrypt_once
from allmende.storage.folder import one_at_a_time
from allmende.storage.opening import SQLITE_NAME, is_postgres
from allmende.storage.postgres import postgres_engine
from allmende.storage.retention import Kept
from allmende.storage.sqlite import connect
from allmende.storage.types import Text, metadata
from allmende.storage.vault import HouseKeys

FOLDER: Final = Path(__file__).parents[1] / "migrations"
LOCK_WAIT_MS: Final = 60_000

_LOG: Final = logging.getLogger(__name__)
_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_SECTION: Final = re.compile(r"-- (sqlite|postgres|both):")

applied: Final = Table(
    "schema_migration",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)
KEPT: Final = [Kept(applied, days=None, why="how far the schema is; not personal", plain="name")]

_MAKE: Final = (
    "CREATE TABLE IF NOT EXISTS schema_migration"
    " (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)"
)
_NOTE: Final = {
    "sqlite": "INSERT INTO schema_migration (number, name) VALUES (?, ?)",
    "postgres": "INSERT INTO schema_migration (number, name) VALUES (%s, %s)",
}
# Held by one migrating process at a time. 4732 means the schema.
_LOCK: Final = "SELECT pg_advisory_xact_lock(4732)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. ``text`` has the sections of both databases."""

    number: int
    name: str
    text: str

    def sql(self, dialect: str) -> str:
        """Return the SQL for ``dialect``: sqlite or postgres."""
        lines, section = [], "both"
        for line in self.text.splitlines():
            mark = _SECTION.fullmatch(line.strip())
            if mark:
                section = mark[1]
            elif section in ("both", dialect):
                lines.append(line)
        return "\n".join(lines) + "\n"

    def statements(self, dialect: str) -> Iterator[str]:
        """Yield the SQL for ``dialect`` one statement after the other."""
        statement = ""
        for line in self.sql(dialect).splitlines(keepends=True):
            if statement or line.split("--")[0].strip():
                statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        if statement.strip():
            raise ValueError(f"{self.name} ends in the middle of a statement")


class Driver(Protocol):
    """What a migration needs of a driver's connection or cursor."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Run one statement."""
        ...


def migrations(folder: Path = FOLDER) -> Sequence[Migration]:
    """Return all migrations in order. ValueError for a strange name or a gap."""
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path.name} is not named like a migration")
        found.append(Migration(int(match[1]), path.name, path.read_text("utf-8")))
    numbers = [step.number for step in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations are not numbered 1, 2, 3 ...: {numbers}")
    return found


def migrate(
    url: str,
    data: Path,
    keys: HouseKeys | None = None,
    *,
    folder: Path = FOLDER,
    up_to: int | None = None,
) -> Sequence[str]:
    """Apply what is missing; return the names. Blocks: call it on a thread.

    Raises Conflict ``storage.newer-database`` if the database is of a newer release. Each step
    is whole or not there, but not all of them: what people use is changed by ``upgrade``. With
    ``keys`` the file is encrypted, and one that an older release left plain is encrypted first.
    """
    steps = [step for step in migrations(folder) if up_to is None or step.number <= up_to]
    if is_postgres(url):
        return _migrate_postgres(url, steps)
    if keys is not None:
        encrypt_once(data / SQLITE_NAME, keys.database)
    return _migrate_sqlite(data / SQLITE_NAME, steps, keys.database if keys else None)


def newest_number(folder: Path = FOLDER) -> int:
    """Return the number of the schema that this program works with."""
    return len(migrations(folder))


def missing(have: int, steps: Sequence[Migration]) -> Sequence[Migration]:
    """Return the steps that a database at number ``have`` lacks. Raises Conflict."""
    if have > len(steps):
        raise Conflict("storage.newer-database", database=have, program=len(steps))
    return steps[have:]


def apply(db: Driver, step: Migration, dialect: str) -> None:
    """Run one step and note it. The caller holds the transaction."""
    for statement in step.statements(dialect):
        db.execute(statement)
    db.execute(_NOTE[dialect], (step.number, step.name))
    _LOG.info("applied %s", step.name)


def _migrate_sqlite(path: Path, steps: Sequence[Migration], key: bytes | None) -> Sequence[str]:
    # Two that make the file at once would both want its journal, for which SQLite does not wait.
    with one_at_a_time(path.parent), closing(connect(path, key)) as raw:
        raw.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
        # Cannot be changed inside a transaction; a step that rebuilds a table needs it off.
        raw.execute("PRAGMA foreign_keys = OFF")
        names: list[str] = []
        while True:
            with _transaction(raw):
                todo = missing(number_of(raw), steps)
                if not todo:
                    return names
                apply(raw, todo[0], "sqlite")
                broken = raw.execute("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise ValueError(f"{todo[0].name} leaves {len(broken)} broken references")
            names.append(todo[0].name)


def number_of(db: Driver) -> int:
    """Return the number of the schema, 0 for an empty database. Makes the table of steps."""
    db.execute(_MAKE)
    row = db.execute("SELECT coalesce(max(number), 0) FROM schema_migration").fetchone()
    return int(row[0])


@contextmanager
def _transaction(raw: sqlite3.Connection) -> Iterator[None]:
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
        raw.execute("COMMIT")
    finally:
        if raw.in_transaction:
            raw.execute("ROLLBACK")


def _migrate_postgres(url: str, steps: Sequence[Migration]) -> Sequence[str]:
    engine = postgres_engine(url)
    names: list[str] = []
    try:
        while True:
            with engine.begin() as db:
                step = apply_next_postgres(db, steps)
            if step is None:
                return names
            names.append(step.name)
    finally:
        engine.dispose()


def apply_next_postgres(db: Connection, steps: Sequence[Migration]) -> Migration | None:
    """Apply the next missing step in the transaction of ``db``; None if there is none."""
    cursor = db.connection.cursor()
    cursor.execute(_LOCK)
    todo = missing(number_of(cursor), steps)
    if not todo:
        return None
    apply(cursor, todo[0], "postgres")
    return todo[0]
