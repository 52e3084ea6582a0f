"""The way back after an upgrade."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, text

from allmende.core.errors import Conflict
from allmende.storage.deletions import note_deletion
from allmende.storage.migrate import migrate, newest_number
from allmende.storage.opening import SQLITE_NAME
from allmende.storage.postgres import postgres_engine
from allmende.storage.rollback import rollback, way_back
from allmende.storage.rows import shapes
from allmende.storage.selfcheck import opened
from allmende.storage.sqlite import driver, sqlite_engine
from allmende.storage.upgrade import KEPT_DAYS, upgrade
from tests.databases import KEYS, Templates, named
from tests.storage.filled import LAST_RELEASE, digests, digests_in, fill_all, filled_place
from tests.storage.notes import NOON

pytestmark = pytest.mark.slow

SESSIONS = "identity_session"


def now_at() -> datetime:
    return datetime.now(UTC)


def live_on(data: Path) -> None:
    """After the upgrade a message is written and an account is deleted."""
    engine = sqlite_engine(data / SQLITE_NAME, KEYS.database)
    with engine.connect() as db:
        driver(db).execute("BEGIN IMMEDIATE")
        tables = {shape.name: shape.table() for shape in shapes(db)}
        messages, accounts = tables["chat_message"], tables["identity_account"]
        row = dict(db.execute(messages.select().limit(1)).one()._mapping)
        db.execute(insert(messages), [row | {"id": 70 + number} for number in range(3)])
        db.execute(delete(accounts).where(accounts.c.id == 3))
        note_deletion(db, "identity.account", "3", NOON)
        driver(db).execute("COMMIT")
    engine.dispose()


def test_it_says_what_is_lost_and_brings_back_the_rest(tmp_path: Path) -> None:
    path = filled_place(tmp_path, KEYS, number=LAST_RELEASE)
    before = dict(digests(path, KEYS))
    upgrade("", tmp_path, KEYS)
    live_on(tmp_path)
    way = way_back("", tmp_path, KEYS, now_at())
    assert way.lost == {"chat_message": 3}
    assert now_at() - way.since < timedelta(minutes=5)
    rollback("", tmp_path, KEYS, way, now_at())
    after = digests(path, KEYS)
    assert after["chat_message"] == before["chat_message"]
    # Whoever was deleted stays deleted, and no session comes back.
    assert after["identity_account"][1] == before["identity_account"][1] - 1
    assert after[SESSIONS][1] == 0
    with opened(path, KEYS.database) as db:
        number = db.execute(text("SELECT max(number) FROM schema_migration")).scalar_one()
    assert number == LAST_RELEASE
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {SQLITE_NAME, f"undone-{LAST_RELEASE + 1:04}.db"}
    assert digests(tmp_path / f"undone-{LAST_RELEASE + 1:04}.db", KEYS)["chat_message"][1] == 8
    # The old release may be used, or this one again.
    assert len(upgrade("", tmp_path, KEYS)) == newest_number() - LAST_RELEASE


def test_after_a_week_there_is_no_way_back(tmp_path: Path) -> None:
    filled_place(tmp_path, number=LAST_RELEASE)
    upgrade("", tmp_path)
    assert way_back("", tmp_path, None, now_at()).lost == {}
    with pytest.raises(Conflict) as refused:
        way_back("", tmp_path, None, now_at() + timedelta(days=KEPT_DAYS, minutes=1))
    assert refused.value.message_id == "storage.no-way-back"


def test_a_second_name_of_the_database_itself_is_no_way_back(tmp_path: Path) -> None:
    """An upgrade that was killed before its last step leaves one."""
    path = filled_place(tmp_path, number=LAST_RELEASE)
    os.link(path, tmp_path / f"before-{LAST_RELEASE + 1:04}.db")
    with pytest.raises(Conflict):
        way_back("", tmp_path, None, now_at())


@pytest.mark.postgres
def test_postgres_goes_back_in_one_transaction(
    postgres_server: str, database_templates: Templates, tmp_path: Path
) -> None:
    url = named(postgres_server, database_templates.empty_postgres(postgres_server))
    migrate(url, tmp_path, up_to=LAST_RELEASE)
    engine = postgres_engine(url)
    with engine.begin() as db:
        fill_all(db, 5)
        before = dict(digests_in(db))
    upgrade(url, tmp_path)
    with engine.begin() as db:
        db.execute(text("DELETE FROM identity_account WHERE id = 3"))
        note_deletion(db, "identity.account", "3", NOON)
        db.execute(text("INSERT INTO house_secret (name, value) VALUES ('new', 'x')"))
    way = way_back(url, tmp_path, None, now_at())
    assert way.lost == {"house_secret": 2}  # with the key of the way back itself
    rollback(url, tmp_path, None, way, now_at())
    with engine.begin() as db:
        after = dict(digests_in(db))
    engine.dispose()
    assert after.pop(SESSIONS)[1] == 0
    assert after["identity_account"][1] == before["identity_account"][1] - 1
    assert after["house_secret"] == before["house_secret"]
    assert len(upgrade(url, tmp_path)) == newest_number() - LAST_RELEASE
