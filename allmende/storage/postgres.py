"""PostgreSQL through psycopg: changes are serialisable and repeated, questions cannot write."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from allmende.core.errors import Unavailable
from allmende.storage.lanes import MAX_WAITING, Job, Lane, answer, nothing

T = TypeVar("T")

WRITERS: Final = 8
READERS: Final = 4
REPEATS: Final = 20
STATEMENT_LIMIT_S: Final = 5.0
# Waiting for the lock of the log is part of a change here, so it counts as slow later.
SLOW_S: Final = 1.0
_LONGEST_PAUSE_MS: Final = 50

_LOG: Final = logging.getLogger(__name__)

# https://www.postgresql.org/docs/15/errcodes-appendix.html
_SERIALIZATION_FAILURE: Final = "40001"
_DEADLOCK: Final = "40P01"
_MESSAGES: Final = {
    "08": "storage.unavailable",  # connection exception
    "53": "storage.disk-full",  # insufficient resources
    "57": "storage.unavailable",  # operator intervention: shutdown, restart
    "58": "storage.unavailable",  # system error, input or output failed
    "XX": "storage.unavailable",  # internal error, data corrupted
    "53300": "storage.busy",  # too many connections
    "57014": "storage.too-slow",  # statement timeout
    "55P03": "storage.busy",  # lock not available
}


class PostgresDatabase:
    """A Database on a PostgreSQL server. Use ``open_postgres``.

    ``on_commit`` is called in the event loop after each commit, before anybody is answered.
    """

    def __init__(
        self,
        url: str,
        *,
        on_commit: Callable[[], None] = nothing,
        question_limit_s: float = STATEMENT_LIMIT_S,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        limit_ms = int(question_limit_s * 1000)
        self._writing = _engine(url, WRITERS, f"serializable -c statement_timeout={limit_ms}")
        self._reading = _engine(
            url,
            READERS,
            r"repeatable\ read -c default_transaction_read_only=on"
            f" -c statement_timeout={limit_ms}",
        )
        self._on_commit = on_commit
        self._pause = Event()
        with self._reading.connect():
            pass  # a server that is not there refuses the start
        self._changes = Lane("changes", WRITERS, self._serve_changes, max_waiting=max_waiting)
        self._questions = Lane("questions", READERS, self._serve_questions)

    async def read(self, question: Callable[[Connection], T]) -> T:
        """Run ``question`` on one consistent snapshot that cannot be written."""
        return await self._questions.ask(question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run ``change`` whole or not at all; return its value once that is on disk."""
        return await self._changes.ask(change)

    async def tidy(self) -> None:
        """Leave it to autovacuum, which clears dead rows by itself."""

    def close(self) -> None:
        """Finish what waits and close the connections. Blocks until that is done."""
        self._questions.close()
        self._changes.close()
        self._reading.dispose()
        self._writing.dispose()

    def _serve_changes(self, lane: Lane) -> None:
        while (job := lane.next_job()) is not None:
            self._change(job)
            answer([job], self._on_commit if job.failure is None else nothing)

    def _serve_questions(self, lane: Lane) -> None:
        while (job := lane.next_job()) is not None:
            try:
                with self._reading.connect() as db:
                    job.run(db)
            except BaseException as failure:
                job.failure = _explained(failure)
            answer([job])

    def _change(self, job: Job) -> None:
        """Run one change; repeat it where it met another one."""
        for repeat in range(REPEATS + 1):
            try:
                with self._writing.begin() as db:
                    job.run(db, slow_s=SLOW_S)
            except BaseException as failure:
                if not _met_another(failure):
                    job.failure = _explained(failure)
                    return
                pause_ms = min(1 << repeat, _LONGEST_PAUSE_MS)
                self._pause.wait((1 + secrets.randbelow(pause_ms)) / 1000)
            else:
                return
        job.failure = Unavailable(
            "storage.busy", detail=f"met others {REPEATS} times", retry_after_s=2
        )


@asynccontextmanager
async def open_postgres(
    url: str, *, on_commit: Callable[[], None] = nothing, max_waiting: int = MAX_WAITING
) -> AsyncIterator[PostgresDatabase]:
    """Open the migrated database at ``postgresql://...``; at the end, commit what waits."""
    database = await asyncio.to_thread(
        PostgresDatabase, url, on_commit=on_commit, max_waiting=max_waiting
    )
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


def postgres_engine(url: str, *, connections: int = 1, options: str = "") -> Engine:
    """Return an engine through psycopg. ``options`` are settings of each session."""
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,  # contents never reach the log by way of an exception
        query_cache_size=2000,
        connect_args={
            "options": f"-c timezone=UTC -c client_encoding=UTF8 {options}",
            "application_name": "allmende",
        },
    )


def _engine(url: str, connections: int, isolation: str) -> Engine:
    options = (
        f"-c synchronous_commit=on -c idle_in_transaction_session_timeout=60000"
        f" -c default_transaction_isolation={isolation}"
    )
    return postgres_engine(url, connections=connections, options=options)


def _sqlstate(failure: BaseException) -> str:
    original = failure.orig if isinstance(failure, DBAPIError) else failure
    return getattr(original, "sqlstate", None) or ""


def _met_another(failure: BaseException) -> bool:
    return _sqlstate(failure) in (_SERIALIZATION_FAILURE, _DEADLOCK)


def _explained(failure: BaseException) -> BaseException:
    """Return Unavailable where the server or the way to it failed; everything else as it is."""
    state = _sqlstate(failure)
    message_id = _MESSAGES.get(state, _MESSAGES.get(state[:2]))
    if isinstance(failure, DBAPIError) and _is_connection_failure(failure):
        message_id = "storage.unavailable"
    if message_id is None:
        return failure
    _LOG.error("PostgreSQL: %s", state or "connection lost")
    explained = Unavailable(message_id, detail=state or "connection lost", retry_after_s=5)
    explained.__cause__ = failure
    return explained


def _is_connection_failure(failure: DBAPIError) -> bool:
    """Whether the connection broke. A failure that the server did not number came on the way."""
    lost = isinstance(failure, OperationalError) and not _sqlstate(failure)
    return failure.connection_invalidated or lost
