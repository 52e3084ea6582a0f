"""A database that an older release left plain: encrypted once, torn anywhere old or new."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from allmende.core.errors import Conflict
from allmende.storage.encrypting import encrypt_once
from allmende.storage.migrate import migrate
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.sqlite import connect
from allmende.storage.vault import is_encrypted, is_plain
from tests.databases import KEYS, Place
from tests.storage.notes import adding, bodies, make_table, read, write

SENTINEL = "sentinel-of-a-person"
KEY = KEYS.database
TABLES = """
SELECT name, printf('SELECT * FROM "%w"', name) FROM sqlite_master WHERE type = 'table'
"""
STEPS = ("os.link", "os.rename", "os.remove", "open")


@pytest.fixture
def path(sqlite_place: Place) -> Path:
    """A plain database with notes, an index of words, and a copy of before a migration."""
    make_table(sqlite_place)
    inner = sqlite_place.open()
    write(inner, adding(SENTINEL))
    inner.close()
    path = sqlite_place.data / SQLITE_NAME
    with closing(connect(path)) as raw:
        raw.execute("CREATE VIRTUAL TABLE words USING fts5(body)")
        raw.execute("INSERT INTO words VALUES (?)", (SENTINEL,))
        raw.execute("VACUUM INTO ?", (str(path.with_name("before-0007.db")),))
    return path


def contents(path: Path, key: bytes | None) -> list[object]:
    """Everything: the schema, the rows, the highest numbers."""
    with closing(connect(path, key)) as raw:
        tables = raw.execute(TABLES).fetchall()
        schema = raw.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        rows = {name: raw.execute(whole).fetchall() for name, whole in tables}
    return [schema, rows]


def readable(folder: Path) -> list[str]:
    """Names of the files that show the sentinel."""
    return [p.name for p in folder.iterdir() if p.is_file() and SENTINEL.encode() in p.read_bytes()]


def test_everything_is_there_afterwards_and_nothing_is_readable(path: Path) -> None:
    before = contents(path, None)
    assert readable(path.parent) != []
    assert encrypt_once(path, KEY)
    assert readable(path.parent) == []
    assert contents(path, KEY) == before
    assert contents(path.with_name("before-0007.db"), KEY)
    assert {p.name for p in path.parent.iterdir()} == {SQLITE_NAME, "before-0007.db"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert not encrypt_once(path, KEY)


def test_the_start_does_it_by_itself(path: Path) -> None:
    migrate("", path.parent, KEYS)
    assert readable(path.parent) == []
    inner = Place("", path.parent, KEYS).open()
    assert read(inner, bodies) == [SENTINEL]
    inner.close()


def test_changes_that_are_still_in_the_log_come_along(path: Path) -> None:
    with closing(sqlite3.connect(path)) as left_open:
        left_open.execute("PRAGMA journal_mode = WAL")
        left_open.execute("INSERT INTO note (body) VALUES ('in the log')")
        left_open.commit()
        log = path.with_name(f"{SQLITE_NAME}-wal").read_bytes()
        database = path.read_bytes()
    path.write_bytes(database)
    path.with_name(f"{SQLITE_NAME}-wal").write_bytes(log)
    encrypt_once(path, KEY)
    with closing(connect(path, KEY)) as raw:
        assert raw.execute("SELECT count(*) FROM note").fetchone() == (2,)


HOLD = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1])
raw.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_database_that_somebody_uses_is_left_alone(path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Conflict) as refused:
            encrypt_once(path, KEY)
        other.kill()
    assert refused.value.message_id == "storage.database-in-use"
    assert is_plain(path)


def test_an_empty_folder_and_an_empty_file_are_nothing_to_encrypt(tmp_path: Path) -> None:
    path = tmp_path / SQLITE_NAME
    assert not encrypt_once(path, KEY)
    path.touch()
    assert not encrypt_once(path, KEY)
    assert not is_encrypted(path)


@pytest.mark.slow
def test_killed_at_any_step_it_is_old_or_new_and_the_next_start_ends_it(tmp_path: Path) -> None:
    path = tmp_path / SQLITE_NAME
    with closing(connect(path)) as raw:
        raw.execute("CREATE TABLE note (body TEXT)")
        raw.execute("INSERT INTO note VALUES (?)", (SENTINEL,))
        raw.execute("VACUUM INTO ?", (str(path.with_name("before-0007.db")),))
    kept = {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}
    before, done = contents(path, None), False
    states: list[bool] = []
    while not done:
        for left in path.parent.iterdir():
            left.unlink()
        for name, content in kept.items():
            (path.parent / name).write_bytes(content)
        done = killed_at(len(states), path)
        states.append(is_plain(path))
        assert contents(path, None if is_plain(path) else KEY) == before
        encrypt_once(path, KEY)
        assert contents(path, KEY) == before
        assert readable(path.parent) == []
        assert {p.name for p in path.parent.iterdir()} == {SQLITE_NAME, "before-0007.db"}
    assert states[0]
    assert not states[-1]
    assert len(states) > 10


def killed_at(step: int, path: Path) -> bool:
    """Encrypt in a process that is killed before its ``step``-th touch of the folder."""
    child = os.fork()
    if not child:
        left = step

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in STEPS and str(path.parent) in str(arguments[0]):
                if left == 0:
                    os.kill(os.getpid(), 9)
                left -= 1

        sys.addaudithook(count)
        encrypt_once(path, KEY)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0
