"""From one release to the next: old or new, never half."""

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from allmende.core.errors import Conflict, Unavailable
from allmende.storage import sqlite
from allmende.storage.migrate import FOLDER, migrate, newest_number
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.postgres import postgres_engine
from allmende.storage.selfcheck import opened, require_sound
from allmende.storage.sqlite import connect
from allmende.storage.upgrade import KEPT_DAYS, WORK, remove_snapshots, upgrade
from allmende.storage.vault import HouseKeys
from tests.databases import Place, Templates, named
from tests.storage.filled import KEYS, LAST_RELEASE, digests, fill_all, filled_place
from tests.storage.notes import read

pytestmark = pytest.mark.slow

SNAPSHOT = f"before-{LAST_RELEASE + 1:04}.db"


def number_in(path: Path, keys: HouseKeys | None) -> int:
    with opened(path, keys.database if keys else None) as db:
        return int(db.exec_driver_sql("SELECT max(number) FROM schema_migration").scalar_one())


def kept(after: Mapping[str, tuple[str, int]]) -> Mapping[str, int]:
    return {name: rows for name, (_, rows) in after.items()}


@pytest.mark.parametrize("keys", [None, KEYS])
def test_a_database_of_the_last_release_comes_to_this_one_with_all_its_rows(
    tmp_path: Path, keys: HouseKeys | None
) -> None:
    path = filled_place(tmp_path, keys, number=LAST_RELEASE)
    before = digests(path, keys)
    names = upgrade("", tmp_path, keys)
    assert len(names) == newest_number() - LAST_RELEASE
    assert number_in(path, keys) == newest_number()
    require_sound(path, keys.database if keys else None)
    rows = kept(digests(path, keys))
    assert {name: rows[name] for name in before} == kept(before)
    assert digests(tmp_path / SNAPSHOT, keys) == before
    assert number_in(tmp_path / SNAPSHOT, keys) == LAST_RELEASE
    assert path.stat().st_mode & 0o777 == 0o600
    assert upgrade("", tmp_path, keys) == []
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {SQLITE_NAME, SNAPSHOT}


def test_a_plain_database_of_the_last_release_is_encrypted_on_the_way(tmp_path: Path) -> None:
    path = filled_place(tmp_path, None, number=LAST_RELEASE)
    before = digests(path)
    upgrade("", tmp_path, KEYS)
    assert digests(tmp_path / SNAPSHOT, KEYS) == before
    for one in tmp_path.iterdir():
        assert b"identity_account" not in one.read_bytes(), one.name


def test_an_empty_folder_gets_a_database_and_nothing_to_go_back_to(tmp_path: Path) -> None:
    assert len(upgrade("", tmp_path, KEYS)) == newest_number()
    assert [path.name for path in tmp_path.iterdir()] == [SQLITE_NAME]


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = filled_place(tmp_path, number=LAST_RELEASE)
    before = digests(path)
    folder = tmp_path / "steps"
    shutil.copytree(FOLDER, folder)
    broken = folder / f"{newest_number() + 1:04}_test_broken.sql"
    broken.write_text("CREATE TABLE x (id BIGINT NOT NULL PRIMARY KEY);\nDROP TABLE nothing;\n")
    with pytest.raises(Exception, match="nothing"):
        upgrade("", tmp_path, folder=folder)
    assert digests(path) == before
    assert {one.name for one in tmp_path.iterdir()} == {SQLITE_NAME, "steps"}


def test_a_copy_that_is_not_sound_never_takes_the_place(tmp_path: Path) -> None:
    path = filled_place(tmp_path, number=LAST_RELEASE)
    with closing(connect(path)) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE identity_session SET account_id = 999")
    before = digests(path)
    # The step itself looks at references; without steps that do so, the self-check would.
    with pytest.raises(ValueError, match="broken references"):
        upgrade("", tmp_path)
    assert digests(path) == before
    with pytest.raises(Conflict) as refused:
        require_sound(path, None)
    assert refused.value.message_id == "storage.not-sound"


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    path = filled_place(tmp_path)
    with closing(connect(path)) as raw:
        raw.execute("INSERT INTO schema_migration VALUES (9999, 'later')")
    with pytest.raises(Conflict) as refused:
        upgrade("", tmp_path)
    assert refused.value.message_id == "storage.newer-database"


def test_a_database_that_another_program_reads_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.0)
    path = filled_place(tmp_path, number=LAST_RELEASE)
    with closing(connect(path)) as raw:
        raw.execute("BEGIN")
        raw.execute("SELECT * FROM identity_account").fetchone()
        with pytest.raises(Conflict) as refused:
            upgrade("", tmp_path)
    assert refused.value.message_id == "storage.database-in-use"
    assert number_in(path, None) == LAST_RELEASE


def test_without_room_for_a_copy_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled_place(tmp_path, number=LAST_RELEASE)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(Unavailable) as refused:
        upgrade("", tmp_path)
    assert refused.value.message_id == "storage.too-little-space"
    assert number_in(path, None) == LAST_RELEASE


def test_what_a_killed_upgrade_left_is_cleared_away(tmp_path: Path) -> None:
    path = filled_place(tmp_path, number=LAST_RELEASE)
    (tmp_path / WORK).mkdir()
    (tmp_path / WORK / SQLITE_NAME).write_bytes(b"half a copy")
    os.link(path, tmp_path / SNAPSHOT)
    upgrade("", tmp_path)
    assert number_in(path, None) == newest_number()
    assert not (tmp_path / WORK).exists()


def test_the_way_back_is_kept_for_a_week_from_the_upgrade_on(tmp_path: Path) -> None:
    path = filled_place(tmp_path, number=LAST_RELEASE)
    os.utime(path, (0, 0))
    upgrade("", tmp_path)
    made_s = (tmp_path / SNAPSHOT).stat().st_mtime
    assert made_s > 0
    assert remove_snapshots(tmp_path, made_s + KEPT_DAYS * 86400 - 1) == 0
    assert remove_snapshots(tmp_path, made_s + KEPT_DAYS * 86400 + 1) == 1
    assert path.exists()


@pytest.mark.postgres
def test_postgres_is_saved_first_and_then_changed_in_one_transaction(
    postgres_server: str, database_templates: Templates, tmp_path: Path
) -> None:
    url = named(postgres_server, database_templates.empty_postgres(postgres_server))
    place = Place(url, tmp_path)
    upgrade_to_last_release(place)
    assert len(upgrade(url, tmp_path)) == newest_number() - LAST_RELEASE
    inner = place.open()
    question = "SELECT count(*) FROM house_secret WHERE name = 'rollback'"
    assert read(inner, lambda db: db.exec_driver_sql(question).scalar_one()) == 1
    inner.close()
    assert (tmp_path / f"before-{LAST_RELEASE + 1:04}.age").stat().st_mode & 0o777 == 0o600
    assert upgrade(url, tmp_path) == []


def upgrade_to_last_release(place: Place) -> None:
    """Fill a PostgreSQL database as the last release left it."""
    migrate(place.url, place.data, up_to=LAST_RELEASE)
    engine = postgres_engine(place.url)
    with engine.begin() as db:
        fill_all(db, 5)
    engine.dispose()
