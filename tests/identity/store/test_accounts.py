"""Rows of accounts and sessions."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId, SessionId
from allmende.identity.model.accounts import AccountState, StoredAccount, StoredSession
from allmende.identity.store import accounts
from allmende.storage.database import Database
from tests.identity.store.plans import full_scans
from tests.identity.town import Town

HASH = "hash"
NOW = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)


def test_an_account_comes_back_as_it_went(town: Town) -> None:
    def change(db: Connection) -> AccountId:
        made = accounts.add_account(
            db, name="mara", password=HASH, role=ServerRole.OPERATOR, now=NOW
        )
        row = StoredAccount(
            made.id,
            "mara",
            HASH,
            AccountState.ACTIVE,
            ServerRole.OPERATOR,
            "2026-Q4",
            "2026-Q4",
            "{}",
        )
        assert accounts.find_account(db, made.id) == row
        assert accounts.find_account_by_name(db, "mara") == row
        accounts.set_account_seen(db, made.id, NOW + timedelta(days=100))
        seen = accounts.find_account(db, made.id)
        assert seen is not None
        assert seen.seen == "2027-Q1"
        return made.id

    town.run(town.database.write(change))


def test_a_session_comes_back_as_it_went_and_belongs_to_one_account(town: Town) -> None:
    who = town.account(town.person("mara"))
    other = town.account(town.person("juno"))

    def change(db: Connection) -> None:
        number = accounts.add_session(
            db, account_id=who, token_hash=HASH, label="birch", now=NOW, ends_at=NOW
        )
        row = StoredSession(number, who, "birch", "2026-W48", "2026-W48", NOW)
        assert accounts.find_session(db, HASH) == row
        assert row in accounts.sessions_of(db, who)
        assert not accounts.end_session(db, other, number)
        assert accounts.end_session(db, who, number)
        assert accounts.find_session(db, HASH) is None
        assert not accounts.end_session(db, who, SessionId(number))

    town.run(town.database.write(change))


def test_questions_use_indexes(sqlite: Database) -> None:
    town = Town(sqlite)
    scans = town.run(sqlite.read(lambda db: full_scans(db, accounts)))
    assert scans == ["_NAMES", "_ANY", "_MODERATORS"], "walked once a sign-up, not once a page"
