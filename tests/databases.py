"""Databases for tests: SQLite in a folder of the test, PostgreSQL started once for all tests.

* ``database``: a migrated Database of each kind, one test run for each. It runs every change
  twice: rolled back, then for good, and compares.
* ``place``: where such a database is (``url`` and folder ``data``), for tests that open it
  themselves. ``sqlite_place``, ``encrypted_place`` and ``postgres_place`` are of one kind. Tests of
  ``storage`` run on all three; encryption makes no difference to the stores above.

Databases answer in whatever event loop asks: ``asyncio.run(database.read(question))``.
PostgreSQL is Debian's; with ``ALLMENDE_TEST_POSTGRES=postgresql://...`` one that runs already.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from allmende.storage.lanes import nothing
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.postgres import PostgresDatabase
from allmende.storage.sqlite import SqliteDatabase
from allmende.storage.vault import HouseKeys, keys_of

T = TypeVar("T")

GIVEN = "ALLMENDE_TEST_POSTGRES"
MEMORY = Path("/") / "dev" / "shm"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
MISSING = "PostgreSQL is missing: install Debian's package postgresql; NOT TESTED on it"

KEYS = keys_of(bytes(range(32)))
"""The keys of encrypted databases in tests."""

AnyDatabase = SqliteDatabase | PostgresDatabase


@dataclass(frozen=True)
class Place:
    """A migrated database: ``url`` is empty for SQLite in the folder ``data``."""

    url: str
    data: Path
    keys: HouseKeys | None = None

    @property
    def key(self) -> bytes | None:
        """What SQLite's file is encrypted with."""
        return self.keys.database if self.keys else None

    def open(
        self, *, on_commit: Callable[[], None] = nothing, question_limit_s: float = 5.0
    ) -> AnyDatabase:
        """Open it; the caller closes."""
        if self.url:
            return PostgresDatabase(
                self.url, on_commit=on_commit, question_limit_s=question_limit_s
            )
        path = self.data / SQLITE_NAME
        return SqliteDatabase(
            path, key=self.key, on_commit=on_commit, question_limit_s=question_limit_s
        )


class Twice:
    """A Database that runs every change twice: rolled back, then for good (architecture, A19).

    What touches anything but ``db`` is found out: both must answer the same. Keys and secrets
    (str, bytes) may differ, and on PostgreSQL numbers do, since sequences never go back.
    """

    def __init__(self, inner: AnyDatabase) -> None:
        self._inner = inner

    async def read(self, question: Callable[[Connection], T]) -> T:
        return await self._inner.read(question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        def twice(db: Connection) -> T:
            first = rehearsed(db, change)
            try:
                second = change(db)
            except Exception as failure:
                # A conflict with another change says nothing about this one: it is repeated.
                if not (isinstance(failure, DBAPIError) and savepoint_is_lost(failure)):
                    require_same(change, first, failure, db)
                raise
            require_same(change, first, second, db)
            return second

        return await self._inner.write(twice)

    async def tidy(self) -> None:
        await self._inner.tidy()


def rehearsed(db: Connection, change: Callable[[Connection], Any]) -> Any:
    """Run ``change`` and roll it back; return its value or failure."""
    savepoint = db.begin_nested()
    try:
        return change(db)
    except Exception as failure:
        if isinstance(failure, DBAPIError) and savepoint_is_lost(failure):
            raise
        return failure
    finally:
        if savepoint.is_active:
            savepoint.rollback()


def savepoint_is_lost(failure: DBAPIError) -> bool:
    """Whether PostgreSQL wants the whole transaction repeated."""
    return getattr(failure.orig, "sqlstate", "") in ("40001", "40P01")


def require_same(change: Any, first: Any, second: Any, db: Connection) -> None:
    name = getattr(change, "__qualname__", repr(change))
    if type(first) is not type(second):
        raise AssertionError(f"{name} run twice gave {first!r}, then {second!r}")
    if isinstance(first, (BaseException, str, bytes)) or db.dialect.name == "postgresql":
        return
    if first != second:
        raise AssertionError(f"{name} run twice gave {first!r}, then {second!r}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not os.environ.get(GIVEN) and not BINARIES:
        terminalreporter.write_sep("!", MISSING, red=True, bold=True)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that belongs to this test run; skipped (in CI: failed) without one."""
    given = os.environ.get(GIVEN)
    if given:
        yield given
        return
    if not BINARIES:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with running_postgres(BINARIES[-1]) as url:
        yield url


@contextmanager
def running_postgres(binaries: Path, *, durable: bool = False) -> Iterator[str]:
    """Start a server on a socket in a folder of its own; stop it and remove the folder.

    It refuses to run as root, so root lends it the account ``postgres``.
    """
    root = os.geteuid() == 0
    account = pwd.getpwnam("postgres") if root else pwd.getpwuid(os.geteuid())
    # In memory, where there is such a folder: making a database for each test is slow on a disk.
    memory = None if durable or not os.access(MEMORY, os.W_OK) else MEMORY
    folder = Path(tempfile.mkdtemp(prefix="allmende-pg-", dir=memory))
    os.chown(folder, account.pw_uid, account.pw_gid)
    run_as: dict[str, Any] = {"cwd": folder, "env": {"PATH": "/usr/bin", "LC_ALL": "C.UTF-8"}}
    if root:
        run_as |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = str(folder / "data")
    options = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
    try:
        initdb = [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, **run_as)
        # It ends with us, however we end.
        start = ["/usr/bin/setpriv", "--pdeathsig", "QUIT", str(binaries / "postgres"), "-D", data]
        sockets = ["-k", str(folder), "-c", "listen_addresses=", "-c", "max_connections=60"]
        with (
            subprocess.Popen(
                [*start, *sockets, *options], stderr=subprocess.PIPE, text=True, **run_as
            ) as server,
            listening_to(server),
        ):
            yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def listening_to(server: subprocess.Popen[str]) -> Iterator[None]:
    """Wait until it is ready, read its log on (a full pipe would stop it), and stop it."""
    ready = threading.Event()
    said: list[str] = []

    def listen() -> None:
        for line in server.stderr or ():
            said.append(line)
            if "ready to accept connections" in line:
                ready.set()
        ready.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        if not ready.wait(60) or server.poll() is not None:
            raise RuntimeError("PostgreSQL did not start: " + "".join(said))
        yield
    finally:
        server.send_signal(signal.SIGQUIT)
        listener.join(60)


class Templates:
    """Migrated databases that are copied for each test, which is faster than migrating."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._migrated: set[str] = set()
        self._lines: dict[str, psycopg.Connection] = {}

    def sqlite(self, data: Path, keys: HouseKeys | None = None) -> Place:
        folder = self._folder / ("encrypted" if keys else "plain")
        if not folder.exists():
            folder.mkdir()
            migrate("", folder, keys)
        shutil.copyfile(folder / SQLITE_NAME, data / SQLITE_NAME)
        return Place("", data, keys)

    @contextmanager
    def postgres(self, server: str, data: Path) -> Iterator[Place]:
        template = f"template_{os.getpid()}"
        if server not in self._migrated:
            self._ask(server, f"CREATE DATABASE {template}")
            migrate(named(server, template), self._folder)
            self._migrated.add(server)
        name = self.empty_postgres(server, template)
        yield Place(named(server, name), data)
        self._ask(server, f"DROP DATABASE {name} WITH (FORCE)")

    def empty_postgres(self, server: str, template: str = "template1") -> str:
        """Make a database like ``template`` and return its name.

        Its files are copied: in memory that is faster than writing all of it into the log.
        """
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._ask(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def _ask(self, server: str, sql: str) -> None:
        """Say it on a connection that stays."""
        if server not in self._lines:
            self._lines[server] = psycopg.connect(server, autocommit=True)
        self._lines[server].execute(sql)

    def close(self) -> None:
        """Hang up."""
        for line in self._lines.values():
            line.close()


def named(server: str, name: str) -> str:
    """The URL of the database ``name`` on ``server``."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def database_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    templates = Templates(tmp_path_factory.mktemp("templates"))
    yield templates
    templates.close()


@pytest.fixture
def sqlite_place(database_templates: Templates, tmp_path: Path) -> Place:
    return database_templates.sqlite(tmp_path)


@pytest.fixture
def encrypted_place(database_templates: Templates, tmp_path: Path) -> Place:
    return database_templates.sqlite(tmp_path, KEYS)


@pytest.fixture
def postgres_place(
    database_templates: Templates, postgres_server: str, tmp_path: Path
) -> Iterator[Place]:
    with database_templates.postgres(postgres_server, tmp_path) as place:
        yield place


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    found = request.getfixturevalue(f"{request.param}_place")
    assert isinstance(found, Place)
    return found


@pytest.fixture
def database(place: Place) -> Iterator[Twice]:
    inner = place.open()
    yield Twice(inner)
    inner.close()


@pytest.fixture
def sqlite(sqlite_place: Place) -> Iterator[AnyDatabase]:
    """One migrated SQLite database, for tests of pages: stores are tested on both."""
    opened = sqlite_place.open()
    yield opened
    opened.close()
