"""What is particular to SQLite."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from allmende.core.errors import Unavailable
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.selfcheck import opened
from allmende.storage.sqlite import (
    ERRORS,
    LOCK_WAIT_S,
    SqliteDatabase,
    WrongKey,
    connect,
    driver,
    open_sqlite,
)
from tests.databases import KEYS, Place
from tests.storage.notes import add_note, adding, bodies, count_notes, make_table, notes, read


@pytest.fixture
def lite(file_place: Place) -> Iterator[SqliteDatabase]:
    make_table(file_place)
    inner = SqliteDatabase(file_place.data / SQLITE_NAME, key=file_place.key)
    yield inner
    inner.close()


Change = Callable[[Connection], Any]


def pragma(name: str) -> Change:
    return lambda db: db.execute(text(f"PRAGMA {name}")).scalar_one()


def at_once(database: SqliteDatabase, *changes: Change) -> list[object]:
    """Have the changes run in one batch; return what came of each."""
    began, go_on = threading.Event(), threading.Event()

    def blocking(db: Connection) -> None:
        began.set()
        assert go_on.wait(10)

    async def story() -> list[object]:
        first = asyncio.ensure_future(database.write(blocking))
        await asyncio.to_thread(began.wait, 10)
        rest = [asyncio.ensure_future(database.write(change)) for change in changes]
        await asyncio.sleep(0)
        go_on.set()
        await first
        return list(await asyncio.gather(*rest, return_exceptions=True))

    return asyncio.run(story())


def test_every_connection_is_durable_and_forgets_what_was_deleted(lite: SqliteDatabase) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    for name, value in expected.items():
        assert asyncio.run(lite.write(pragma(name))) == value
        assert read(lite, pragma(name)) == value
    assert read(lite, pragma("query_only")) == 1
    assert asyncio.run(lite.write(pragma("query_only"))) == 0


def test_the_file_can_be_read_by_its_owner_only(file_place: Place) -> None:
    with closing(connect(file_place.data / "new.db", file_place.key)):
        for path in file_place.data.glob("new.db*"):
            assert path.stat().st_mode & 0o777 == 0o600


def test_changes_that_wait_together_share_one_commit(lite: SqliteDatabase) -> None:
    def log_size(db: Connection) -> int:
        return (lite._path.parent / f"{SQLITE_NAME}-wal").stat().st_size

    frames: list[int] = []
    at_once(lite, *[adding(f"a{n}") for n in range(50)])
    frames.append(read(lite, log_size))
    for number in range(50):
        asyncio.run(lite.write(adding(f"b{number}")))
    frames.append(read(lite, log_size) - frames[0])
    assert frames[0] * 5 < frames[1]


def test_a_change_that_ends_the_transaction_takes_no_other_along(lite: SqliteDatabase) -> None:
    """As SQLite itself does on a full disk."""

    def ends(db: Connection) -> None:
        add_note(db, "gone")
        driver(db).execute("ROLLBACK")

    outcomes = at_once(lite, adding("before"), ends, adding("after"))
    assert isinstance(outcomes[1], RuntimeError)
    assert [isinstance(outcome, int) for outcome in outcomes] == [True, False, True]
    assert read(lite, bodies) == ["before", "after"]


def test_a_constraint_that_breaks_at_the_commit_fails_only_its_change(
    lite: SqliteDatabase,
) -> None:
    asyncio.run(
        lite.write(
            lambda db: (
                db.execute(
                    text(
                        "CREATE TABLE child (id INTEGER PRIMARY KEY, note_id BIGINT"
                        " REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED)"
                    )
                ).rowcount
            )
        )
    )

    def orphan(db: Connection) -> None:
        db.execute(text("INSERT INTO child (note_id) VALUES (999)"))

    outcomes = at_once(lite, adding("one"), orphan, adding("two"))
    assert type(outcomes[1]).__name__ == "IntegrityError"
    assert isinstance(outcomes[1], ERRORS)
    assert read(lite, bodies) == ["one", "two"]


def test_on_a_full_disk_the_large_change_fails_and_the_small_ones_are_kept(
    lite: SqliteDatabase,
) -> None:
    pages = read(lite, pragma("page_count"))
    asyncio.run(lite.write(pragma(f"max_page_count = {pages + 20}")))

    def large(db: Connection) -> None:
        db.execute(insert(notes).values(body="x" * 1_000_000))

    outcomes = at_once(lite, adding("small"), large, adding("also small"))
    assert isinstance(outcomes[1], Unavailable)
    assert outcomes[1].message_id == "storage.disk-full"
    assert read(lite, bodies) == ["small", "also small"]


def test_everybody_is_told_to_try_again_while_another_program_holds_the_lock(
    lite: SqliteDatabase,
) -> None:
    asyncio.run(lite.write(pragma("busy_timeout = 10")))
    with closing(connect(lite._path, lite._key)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = at_once_blocked(lite)
        other.execute("ROLLBACK")
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert {getattr(outcome, "message_id", "") for outcome in outcomes} == {"storage.busy"}
    assert isinstance(asyncio.run(lite.write(adding("after"))), int)
    assert read(lite, bodies) == ["after"]


def at_once_blocked(database: SqliteDatabase) -> list[object]:
    async def story() -> list[object]:
        changes = [database.write(adding(str(n))) for n in range(3)]
        return await asyncio.gather(*changes, return_exceptions=True)

    return asyncio.run(story())


def test_the_command_line_may_write_beside_the_server(lite: SqliteDatabase) -> None:
    async def story() -> None:
        async with open_sqlite(lite._path, key=lite._key) as other:
            both = [
                base.write(adding(f"{n}{i}"))
                for n in range(20)
                for i, base in enumerate((lite, other))
            ]
            await asyncio.gather(*both)
            assert await other.read(count_notes) == 40

    asyncio.run(story())


def test_tidying_leaves_nothing_of_a_deleted_text_on_the_disk(lite: SqliteDatabase) -> None:
    sentinel = "sentinel-deleted-text"
    asyncio.run(lite.write(adding(sentinel)))
    asyncio.run(lite.write(lambda db: db.execute(notes.delete()).rowcount))
    asyncio.run(lite.tidy())
    for path in lite._path.parent.glob(f"{SQLITE_NAME}*"):
        assert sentinel.encode() not in path.read_bytes()


@pytest.mark.slow
def test_while_somebody_reads_on_tidying_holds_nobody_up_who_writes(lite: SqliteDatabase) -> None:
    log = lite._path.with_name(f"{SQLITE_NAME}-wal")

    async def story() -> None:
        await lite.write(adding("before"))
        with opened(lite._path, lite._key) as db:
            assert db.execute(select(notes.c.id)).all()
            await lite.write(adding("newer than what is read"))
            tidying = asyncio.ensure_future(lite.tidy())
            began_s = time.perf_counter()
            for number in range(20):
                await lite.write(adding(f"meanwhile {number}"))
            assert time.perf_counter() - began_s < LOCK_WAIT_S / 2
            assert not tidying.done()
        await tidying
        assert log.stat().st_size == 0

    asyncio.run(story())


def test_a_savepoint_left_open_fails_the_change_and_hurts_no_other(lite: SqliteDatabase) -> None:
    def careless(db: Connection) -> None:
        db.begin_nested()
        add_note(db, "lost")

    outcomes = at_once(lite, adding("one"), careless, adding("two"))
    assert [isinstance(outcome, int) for outcome in outcomes] == [True, False, True]
    assert read(lite, bodies) == ["one", "two"]


LOOK = """
import sys
from contextlib import closing
from pathlib import Path
from allmende.storage.sqlite import connect
key = bytes.fromhex(sys.argv[2]) or None
with closing(connect(Path(sys.argv[1]), key)) as other:
    other.execute("SELECT 1 FROM note").close()
"""


def test_another_program_that_comes_and_goes_takes_nothing_away(file_place: Place) -> None:
    make_table(file_place)
    path, key = file_place.data / SQLITE_NAME, file_place.key

    async def story() -> None:
        async with open_sqlite(path, key=key) as ours:
            await ours.write(adding("before"))
            await asyncio.gather(*(ours.read(count_notes) for _ in range(8)))
            other_program = partial(
                subprocess.run,
                [sys.executable, "-c", LOOK, str(path), (key or b"").hex()],
                check=True,
            )
            await asyncio.to_thread(other_program)
            await ours.write(adding("after"))
            with closing(connect(path, key)) as other:
                assert other.execute("SELECT count(*) FROM note").fetchone() == (2,)

    asyncio.run(story())


def test_an_encrypted_file_shows_nothing_of_what_is_in_it(encrypted_place: Place) -> None:
    """Neither the database nor its log, while it is open."""
    make_table(encrypted_place)
    sentinel = "sentinel-of-a-person"
    lite = SqliteDatabase(encrypted_place.data / SQLITE_NAME, key=encrypted_place.key)
    asyncio.run(lite.write(adding(sentinel)))
    assert read(lite, bodies) == [sentinel]
    seen = [path.read_bytes() for path in encrypted_place.data.glob(f"{SQLITE_NAME}*")]
    lite.close()
    assert len(seen) == 3
    assert not any(sentinel.encode() in content or b"SQLite" in content for content in seen)
    assert not any(b"note" in content for content in seen)


def test_a_wrong_key_is_refused_with_one_sentence_and_nothing_on_the_terminal(
    encrypted_place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    path = encrypted_place.data / SQLITE_NAME
    with pytest.raises(WrongKey) as refused:
        connect(path, KEYS.blobs)
    assert refused.value.message_id == "storage.wrong-key"
    assert refused.value.values == {"file": SQLITE_NAME}
    assert capfd.readouterr() == ("", "")
    with closing(connect(path, KEYS.database)) as raw:
        assert raw.execute("SELECT count(*) FROM schema_migration").fetchone()[0] > 0


def test_words_are_searched_in_an_encrypted_file(encrypted_place: Place) -> None:
    with closing(connect(encrypted_place.data / SQLITE_NAME, encrypted_place.key)) as raw:
        raw.execute("CREATE VIRTUAL TABLE words USING fts5(body)")
        raw.execute("INSERT INTO words VALUES ('ein Zimmer am See')")
        found = raw.execute("SELECT body FROM words WHERE words MATCH 'zimmer'").fetchall()
    assert found == [("ein Zimmer am See",)]
    assert b"Zimmer" not in (encrypted_place.data / SQLITE_NAME).read_bytes()
