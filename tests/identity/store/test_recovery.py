"""Rows of kits and of the runs that they began."""

from datetime import timedelta

from sqlalchemy import Connection

from allmende.identity.model.recovery import RunState, StoredRun
from allmende.identity.store import recovery
from allmende.storage.database import Database
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING, Town

READY = BEGINNING + timedelta(hours=48)
END = READY + timedelta(days=30)


def test_an_account_has_one_kit(town: Town) -> None:
    account = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        assert not recovery.has_kit(db, account)
        recovery.set_kit(db, account, "old")
        recovery.set_kit(db, account, "new")
        assert recovery.has_kit(db, account)
        assert recovery.find_kit(db, "old") is None
        assert recovery.find_kit(db, "new") == account

    town.run(town.database.write(change))


def test_a_run_is_used_once_when_its_time_has_come(town: Town) -> None:
    account = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        recovery.add_run(db, account, "token", READY, END)
        waiting = StoredRun(account, RunState.WAITING, READY, END)
        assert recovery.find_run(db, "token") == waiting
        assert recovery.open_run(db, account, BEGINNING) == waiting
        assert recovery.open_run(db, account, END) is None
        assert recovery.use_run(db, "token", READY - timedelta(seconds=1)) is None
        assert recovery.use_run(db, "token", END) is None
        assert recovery.use_run(db, "other", READY) is None
        assert recovery.use_run(db, "token", READY) == account
        assert recovery.use_run(db, "token", READY) is None
        assert not recovery.cancel_runs(db, account, READY)
        assert recovery.open_run(db, account, READY) is None

    town.run(town.database.write(change))


def test_a_run_is_moved_confirmed_and_stopped_while_it_is_open(town: Town) -> None:
    account = town.account(town.person("mara"))

    def change(db: Connection) -> None:
        assert not recovery.move_run(db, account, "token", BEGINNING)
        recovery.add_run(db, account, "token", READY, END)
        assert recovery.move_run(db, account, "other", BEGINNING)
        assert recovery.find_run(db, "token") is None
        assert recovery.confirm_runs(db, account, BEGINNING)
        confirmed = StoredRun(account, RunState.READY, BEGINNING, END)
        assert recovery.find_run(db, "other") == confirmed
        assert recovery.cancel_runs(db, account, BEGINNING)
        assert not recovery.confirm_runs(db, account, BEGINNING)
        assert recovery.use_run(db, "other", READY) is None

    town.run(town.database.write(change))


def test_every_statement_uses_an_index(sqlite: Database, town: Town) -> None:
    assert town.run(sqlite.read(lambda db: full_scans(db, recovery))) == []
