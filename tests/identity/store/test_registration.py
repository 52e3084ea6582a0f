"""Rows of choices, marks and origins."""

from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import AccountId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import Mark, Setting
from allmende.identity.store import registration as store
from tests.databases import Place
from tests.identity.newcomers import Arrivals
from tests.identity.store.plans import full_scans
from tests.identity.town import Town


def test_the_newest_choice_counts_and_older_ones_stay(town: Town) -> None:
    now = town.clock.now()

    def change(db: Connection) -> None:
        assert store.settings_of(db, "x", most=1) == []
        store.add_setting(db, "x", "a", "chosen", now)
        store.add_setting(db, "x", "b", "wave", now)
        assert store.settings_of(db, "x", most=1) == [Setting("b", "wave", now)]
        assert [one.value for one in store.settings_of(db, "x", most=9)] == ["b", "a"]
        store.replace_setting(db, "x", "c", now)
        assert [one.value for one in store.settings_of(db, "x", most=9)] == ["c"]

    town.run(town.database.write(change))


def test_marks_are_set_and_taken_away(town: Town) -> None:
    who = town.account(Arrivals(town).member("juno"))

    def change(db: Connection) -> None:
        store.set_mark(db, who, Mark.SUSPICIOUS, on=True)
        store.set_mark(db, who, Mark.SUSPICIOUS, on=True)
        store.set_mark(db, who, Mark.PERMANENT, on=True)
        assert store.marks_of(db, who) == {Mark.SUSPICIOUS, Mark.PERMANENT}
        store.set_mark(db, who, Mark.SUSPICIOUS, on=False)
        assert store.marks_of(db, who) == {Mark.PERMANENT}

    town.run(town.database.write(change))


def test_origins_are_counted_by_state_while_they_are_known(town: Town) -> None:
    arrivals = Arrivals(town)
    people = [town.account(arrivals.member(name)) for name in ("juno", "kim", "robin")]
    now = town.clock.now()
    end = now + timedelta(days=30)

    def change(db: Connection) -> None:
        assert store.find_origin(db, people[0]) == "server"
        assert store.find_origin(db, AccountId(999)) is None
        assert store.set_state(db, people[0], AccountState.ACTIVE, AccountState.FROZEN)
        assert not store.set_state(db, people[0], AccountState.ACTIVE, AccountState.FROZEN)
        assert sorted(store.origin_counts(db, now)) == [
            ("server", AccountState.ACTIVE, 2),
            ("server", AccountState.FROZEN, 1),
        ]
        assert store.origin_counts(db, end) == []
        active = store.accounts_of_origin(db, "server", AccountState.ACTIVE, most=5)
        assert [one.name for one in active] == ["kim", "robin"]
        assert len(store.accounts_of_origin(db, "server", AccountState.ACTIVE, most=1)) == 1
        assert store.last_over_web(db, now) is None
        assert store.count_over_web(db, now) == 0

    town.run(town.database.write(change))


def test_questions_use_indexes(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    town = Town(database)
    assert town.run(database.read(lambda db: full_scans(db, store))) == []
    database.close()
