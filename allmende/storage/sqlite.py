"""SQLite: one thread that changes, in batches that share a commit, and four that ask.

Why so: docs/decisions/0003-database.md. With a key the driver is SQLCipher:
docs/decisions/0009-encryption-at-rest.md.
"""

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Final, TypeVar, cast

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from allmende.core.errors import Conflict, Unavailable
from allmende.storage.lanes import MAX_WAITING, Job, Lane, answer, nothing

T = TypeVar("T")

BATCH: Final = 64
READERS: Final = 4
QUESTION_LIMIT_S: Final = 5.0
LOCK_WAIT_S: Final = 5.0
TIDY_TRIES: Final = 10
TIDY_TRY_MS: Final = 100
TIDY_PAUSE_S: Final = 0.4
# Steps of SQLite's machine between two looks at the clock: about a tenth of a millisecond.
_STEPS: Final = 20_000

_LOG: Final = logging.getLogger(__name__)

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 16777216",
)

_MESSAGES: Final = {
    sqlite3.SQLITE_FULL: "storage.disk-full",
    sqlite3.SQLITE_BUSY: "storage.busy",
    sqlite3.SQLITE_LOCKED: "storage.busy",
    sqlite3.SQLITE_PROTOCOL: "storage.busy",
    sqlite3.SQLITE_INTERRUPT: "storage.too-slow",
    sqlite3.SQLITE_IOERR: "storage.unavailable",
    sqlite3.SQLITE_CANTOPEN: "storage.unavailable",
    sqlite3.SQLITE_NOMEM: "storage.unavailable",
    sqlite3.SQLITE_CORRUPT: "storage.unavailable",
    sqlite3.SQLITE_NOTADB: "storage.unavailable",
}


ERRORS: Final[tuple[type[Exception], ...]] = (sqlite3.Error, sqlcipher.Error)
"""What both drivers raise. Neither knows the classes of the other; the numbers are the same."""


class WrongKey(Conflict):
    """The file is encrypted with another key, or it is no database at all."""


class _BatchLost(Exception):
    """The transaction of the batch is gone or cannot be trusted: repeat each change alone."""


class SqliteDatabase:
    """A Database in one file. Use ``open_sqlite``; this class needs no event loop by itself.

    ``on_commit`` is called in the event loop after each commit, before anybody is answered.
    """

    def __init__(
        self,
        path: Path,
        *,
        key: bytes | None = None,
        on_commit: Callable[[], None] = nothing,
        question_limit_s: float = QUESTION_LIMIT_S,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._path = path
        self._key = key
        self._engine = sqlite_engine(path, key)
        writer = _Writer(self._engine, on_commit)
        readers: SimpleQueue[_Reader] = SimpleQueue()
        for _ in range(READERS):
            readers.put(_Reader(self._engine, question_limit_s))
        self._changes = Lane("changes", 1, writer.serve, max_waiting=max_waiting)
        self._questions = Lane("questions", READERS, lambda lane: readers.get().serve(lane))

    async def read(self, question: Callable[[Connection], T]) -> T:
        """Run ``question`` on one consistent snapshot that cannot be written."""
        return await self._questions.ask(question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run ``change`` whole or not at all; return its value once that is on disk."""
        return await self._changes.ask(change)

    async def tidy(self) -> None:
        """Empty the write-ahead log, which still holds what was deleted.

        It cannot be emptied while somebody reads an older snapshot. Who writes waits as long as
        one try takes, so each is short; after some seconds it is left to the next time.
        """
        for _ in range(TIDY_TRIES):
            if await asyncio.to_thread(_truncate_log, self._path, self._key):
                return
            await asyncio.sleep(TIDY_PAUSE_S)

    def close(self) -> None:
        """Finish what waits and close the file. Blocks until that is done."""
        self._questions.close()
        self._changes.close()


@asynccontextmanager
async def open_sqlite(
    path: Path,
    *,
    key: bytes | None = None,
    on_commit: Callable[[], None] = nothing,
    max_waiting: int = MAX_WAITING,
) -> AsyncIterator[SqliteDatabase]:
    """Open the migrated database at ``path``; at the end, commit what waits and close it."""
    database = await asyncio.to_thread(
        SqliteDatabase, path, key=key, on_commit=on_commit, max_waiting=max_waiting
    )
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


def connect(path: Path, key: bytes | None = None) -> sqlite3.Connection:
    """Open the file, readable by nobody else, with our settings and without hidden BEGINs.

    With a ``key`` of 32 bytes the file is encrypted. Never open one file with a key and without
    in one process: two libraries would drop each other's locks. Raises WrongKey.
    """
    _make(path)
    # The module would open transactions by itself; isolation_level None leaves BEGIN to us.
    raw: sqlite3.Connection = module_of(key).connect(
        path,
        timeout=LOCK_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        if key is not None:
            _give_key(raw, key)
        for pragma in _PRAGMAS:
            raw.execute(pragma)
    except ERRORS as failure:
        raw.close()
        if key is not None and _code(failure) == sqlite3.SQLITE_NOTADB:
            raise WrongKey("storage.wrong-key", file=path.name) from failure
        raise
    return raw


def module_of(key: bytes | None) -> ModuleType:
    """Return the driver: that of Python, or SQLCipher."""
    return sqlite3 if key is None else sqlcipher


def _give_key(raw: sqlite3.Connection, key: bytes) -> None:
    """Say the key: raw bytes, so that opening stretches no passphrase."""
    raw.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr by itself
    raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    # A page that is not here is decrypted again; SQLCipher would take 8 MB for each connection.
    raw.execute("PRAGMA cache_size = -4000")


def _make(path: Path) -> None:
    """Make the file, readable by nobody else, if it is not there.

    A file that is there is not opened: closing it again would drop all locks that this process
    holds on it (https://sqlite.org/howtocorrupt.html, 2.2), and the next program that comes and
    goes would take the log of changes away from under us.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def sqlite_engine(path: Path, key: bytes | None = None) -> Engine:
    """Return an engine on the file. Its connections say BEGIN and COMMIT to the driver."""
    engine = create_engine(
        "sqlite://",
        module=module_of(key),
        creator=lambda: connect(path, key),
        poolclass=NullPool,
        hide_parameters=True,  # contents never reach the log by way of an exception
        query_cache_size=2000,
    )
    event.listen(engine, "commit", _refuse_commit)
    return engine


def _refuse_commit(_: Connection) -> None:
    raise RuntimeError("a change must not commit: the database does, for the whole batch")


def _truncate_log(path: Path, key: bytes | None) -> bool:
    """Return whether it is empty now."""
    raw = connect(path, key)
    try:
        raw.execute(f"PRAGMA busy_timeout = {TIDY_TRY_MS}")
        (was_busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not was_busy
    finally:
        raw.close()


def driver(db: Connection) -> sqlite3.Connection:
    """Return the driver's connection below ``db``; that of SQLCipher has the same methods."""
    return cast(sqlite3.Connection, db.connection.dbapi_connection)


def _code(failure: BaseException | None) -> int:
    """Return SQLite's number for what went wrong, without its details; 0 if it says none."""
    return int(getattr(failure, "sqlite_errorcode", 0)) & 0xFF


def _explained(failure: BaseException) -> BaseException:
    """Return Unavailable for a full disk, a lock or a broken file; everything else as it is."""
    original = failure.orig if isinstance(failure, DBAPIError) else failure
    code = _code(original)
    message_id = _MESSAGES.get(code)
    if message_id is None:
        return failure
    name = getattr(original, "sqlite_errorname", str(code))
    _LOG.error("SQLite: %s", name)
    explained = Unavailable(message_id, detail=name, retry_after_s=5)
    explained.__cause__ = failure
    return explained


class _Writer:
    """Lives on the thread of changes."""

    def __init__(self, engine: Engine, on_commit: Callable[[], None]) -> None:
        self._db = engine.connect()
        self._raw = driver(self._db)
        self._on_commit = on_commit

    def serve(self, lane: Lane) -> None:
        """Carry out changes until the lane ends."""
        while batch := lane.jobs(BATCH):
            try:
                committed = self._carry_out(batch)
            except BaseException as failure:
                committed = _all_failed(batch, failure)
                self._roll_back()
            answer(batch, self._on_commit if committed else nothing)
        self._db.close()

    def _carry_out(self, batch: list[Job]) -> bool:
        """Fill in what came of each; return whether anything was committed."""
        if len(batch) > 1:
            try:
                return self._together(batch)
            except _BatchLost as lost:
                _LOG.warning("a batch of %d changes is repeated one by one: %s", len(batch), lost)
        for job in batch:
            self._alone(job)
        return any(job.failure is None for job in batch)

    def _together(self, batch: list[Job]) -> bool:
        """One transaction for all. Raises _BatchLost if each has to be tried alone."""
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except ERRORS as failure:
            return _all_failed(batch, failure)
        try:
            for job in batch:
                self._in_savepoint(job)
        except BaseException:
            self._roll_back()
            raise
        try:
            self._raw.execute("COMMIT")
        except ERRORS as failure:
            self._roll_back()
            if _code(failure) == sqlite3.SQLITE_CONSTRAINT:
                raise _BatchLost("a deferred constraint") from failure
            return _all_failed(batch, failure)
        return any(job.failure is None for job in batch)

    def _in_savepoint(self, job: Job) -> None:
        """Run one change so that its failure takes no other along."""
        raw = self._raw
        try:
            raw.execute("SAVEPOINT change")
            self._run(job)
            # On a full disk SQLite may end the whole transaction. The next SAVEPOINT would
            # silently start one that commits by itself.
            if not raw.in_transaction:
                raise _BatchLost("a change ended the transaction")
            if job.failure is not None:
                raw.execute("ROLLBACK TO change")
            raw.execute("RELEASE change")
        except ERRORS as failure:
            raise _BatchLost(str(failure)) from failure

    def _alone(self, job: Job) -> None:
        """Run one change in a transaction of its own."""
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            self._run(job)
            if job.failure is None:
                if not self._raw.in_transaction:
                    raise RuntimeError("a change ended the transaction")
                self._raw.execute("COMMIT")
        except Exception as failure:
            job.failure = _explained(failure)
        finally:
            self._roll_back()

    def _run(self, job: Job) -> None:
        job.value, job.failure = None, None
        try:
            job.run(self._db)
            if self._db.in_nested_transaction():
                raise RuntimeError("a change left a savepoint open")
        except BaseException as failure:
            job.failure = _explained(failure)
        while (nested := self._db.get_nested_transaction()) is not None:
            nested.close()
        whole = self._db.get_transaction()
        if whole is not None and not whole.is_active:
            whole.close()  # the change tried to commit; SQLAlchemy wants to hear that it is over

    def _roll_back(self) -> None:
        try:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
        except ERRORS:
            _LOG.exception("the transaction could not be rolled back")


def _all_failed(batch: list[Job], failure: BaseException) -> bool:
    explained = _explained(failure)
    for job in batch:
        job.value, job.failure = None, explained
    return False


class _Reader:
    """Lives on one of the threads of questions."""

    def __init__(self, engine: Engine, limit_s: float) -> None:
        self._db = engine.connect()
        self._raw = driver(self._db)
        self._raw.execute("PRAGMA query_only = ON")
        self._limit_s = limit_s
        self._ends_s = 0.0
        self._raw.set_progress_handler(self._too_late, _STEPS)

    def serve(self, lane: Lane) -> None:
        """Answer questions until the lane ends."""
        while (job := lane.next_job()) is not None:
            self._answer(job)
            answer([job])
        self._db.close()

    def _answer(self, job: Job) -> None:
        self._ends_s = time.monotonic() + self._limit_s
        try:
            self._raw.execute("BEGIN")
            job.run(self._db)
        except BaseException as failure:
            job.failure = _explained(failure)
        finally:
            self._ends_s = float("inf")
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")

    def _too_late(self) -> bool:
        return time.monotonic() > self._ends_s
