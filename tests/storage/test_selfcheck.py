"""A database that is not what it should be is noticed before it is used."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from allmende.core.errors import Conflict
from allmende.storage import sqlite
from allmende.storage.selfcheck import opened, require_readable, require_sound, still, take_in_log
from allmende.storage.sqlite import connect
from allmende.storage.vault import HouseKeys
from tests.databases import KEYS
from tests.storage.filled import filled_place


@pytest.mark.parametrize("keys", [None, KEYS])
def test_a_sound_database_is_counted(tmp_path: Path, keys: HouseKeys | None) -> None:
    path = filled_place(tmp_path, keys)
    counts = require_sound(path, keys.database if keys else None)
    assert counts["identity_account"] == 5
    assert counts["event_log"] == 6
    with opened(path, keys.database if keys else None) as db:
        assert require_readable(db) == counts


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE identity_session SET account_id = 999", "references"),
        ("UPDATE identity_account SET name = x'ff00ff' WHERE id = 3", "identity_account"),
        ("UPDATE chat_message SET room_id = 'seven' WHERE id = 6", "chat_message"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, statement: str, what: str) -> None:
    path = filled_place(tmp_path)
    with closing(connect(path)) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute(statement)
    with pytest.raises(Conflict) as refused:
        require_sound(path, None)
    assert refused.value.values["what"] == what


def test_a_thorough_look_compares_indexes_too(tmp_path: Path) -> None:
    path = filled_place(tmp_path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(ends_at)', '(body)')"
            " WHERE name = 'chat_message_by_end'"
        )
        raw.commit()
    require_sound(path, None)
    with pytest.raises(Conflict):
        require_sound(path, None, thorough=True)


def test_a_page_that_was_overwritten_is_noticed(tmp_path: Path) -> None:
    path = filled_place(tmp_path, rows=200)
    take_in_log(path, None)
    with path.open("r+b") as file:
        file.seek(40 * 4096)
        file.write(b"\xaa" * 4096 * 20)
    with pytest.raises(Conflict):
        require_sound(path, None)


def test_while_it_is_still_all_is_in_the_file_and_nobody_writes(tmp_path: Path) -> None:
    path = filled_place(tmp_path)
    with still(path, None):
        assert [one.name for one in tmp_path.iterdir()] == [path.name]
        with closing(sqlite3.connect(path, timeout=0)) as other:
            assert other.execute("SELECT count(*) FROM identity_session").fetchone() == (5,)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("DELETE FROM identity_session")
    with closing(connect(path)) as raw:
        raw.execute("DELETE FROM identity_session")


def test_it_cannot_be_still_while_another_program_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.0)
    path = filled_place(tmp_path)
    with closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict) as refused, still(path, None):
            pass
    assert refused.value.message_id == "storage.database-in-use"
