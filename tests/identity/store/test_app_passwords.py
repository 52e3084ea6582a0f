"""Rows of app passwords."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from allmende.core.ids import AccountId, AppPasswordId
from allmende.identity.model.app_passwords import StoredAppPassword
from allmende.identity.store import app_passwords
from allmende.storage.database import Database
from allmende.storage.deletions import Deletion, all_deletions
from tests.identity.store.plans import full_scans
from tests.identity.town import Town

NOW = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)
END = datetime(2027, 11, 23, tzinfo=UTC)


def added(db: Connection, account_id: AccountId, hashed: str = "hash") -> AppPasswordId:
    return app_passwords.add(
        db,
        account_id=account_id,
        label="fern",
        scopes="chat",
        scram="keys",
        secret_hash=hashed,
        now=NOW,
    )


def test_an_app_password_comes_back_as_it_went(town: Town) -> None:
    account_id = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        number = added(db, account_id)
        row = StoredAppPassword(number, account_id, "fern", "chat", "2026-W48", "2026-W48", END)
        assert app_passwords.find_by_hash(db, "hash", NOW) == (row, "mara")
        assert app_passwords.find_by_hash(db, "other", NOW) is None
        assert app_passwords.find_by_name(db, "mara", NOW) == [(row, "keys")]
        assert app_passwords.find_by_name(db, "juno", NOW) == []
        assert app_passwords.app_passwords_of(db, account_id, NOW) == [row]
        assert app_passwords.count(db, account_id) == 1

    town.run(town.database.write(change))


def test_use_puts_the_end_off_and_a_year_without_use_is_the_end(town: Town) -> None:
    account_id, later = town.account(town.person("mara")), NOW + timedelta(days=30)

    def change(db: Connection) -> None:
        number = added(db, account_id)
        assert app_passwords.find_by_hash(db, "hash", END) is None
        app_passwords.note_use(db, number, later)
        found = app_passwords.find_by_hash(db, "hash", END)
        assert found is not None
        assert (found[0].seen, found[0].ends_at) == ("2026-W52", END + timedelta(days=30))
        assert app_passwords.app_passwords_of(db, account_id, END + timedelta(days=31)) == []

    town.run(town.database.write(change))


def test_only_an_active_account_has_good_ones(town: Town) -> None:
    account_id = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        added(db, account_id)
        for state in ("new", "frozen", "leaving", "gone"):
            db.execute(text("UPDATE identity_account SET state = :state"), {"state": state})
            assert app_passwords.find_by_hash(db, "hash", NOW) is None
            assert app_passwords.find_by_name(db, "mara", NOW) == []
        db.execute(text("UPDATE identity_account SET state = 'active'"))
        assert app_passwords.find_by_hash(db, "hash", NOW) is not None

    town.run(town.database.write(change))


def test_one_or_all_of_an_account_end_and_nobody_elses(town: Town) -> None:
    mara, juno = town.account(town.person("mara")), town.account(town.person("juno"))

    def change(db: Connection) -> None:
        first, hers = added(db, mara, "one"), added(db, juno, "two")
        added(db, mara, "three")
        assert not app_passwords.end(db, juno, first, NOW)
        assert all_deletions(db) == []
        assert app_passwords.end(db, mara, first, NOW)
        assert not app_passwords.end(db, mara, first, NOW)
        assert all_deletions(db) == [Deletion("identity.app_password", str(first), NOW)]
        assert app_passwords.end_all(db, mara, NOW) == 1
        assert len(all_deletions(db)) == 2
        assert [one.id for one in app_passwords.app_passwords_of(db, juno, NOW)] == [hers]

    town.run(town.database.write(change))


def test_no_question_reads_the_whole_table(sqlite: Database) -> None:
    assert Town(sqlite).run(sqlite.read(lambda db: full_scans(db, app_passwords))) == []
