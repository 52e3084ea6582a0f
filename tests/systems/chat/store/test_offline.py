"""Rows of what waits."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.store import offline
from allmende.systems.chat.store.offline import NewWaiting
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING

ANNA, BERT = AccountId(1), AccountId(2)
DAY = timedelta(days=1)


def new(account: AccountId, uid: str, *, days: int = 7) -> NewWaiting:
    return NewWaiting(account, uid, uid.encode(), BEGINNING, BEGINNING + days * DAY)


def test_what_waits_comes_in_its_order_and_goes_when_taken(database: Database) -> None:
    def change(db: Connection) -> None:
        offline.add_waiting(db, [])
        offline.add_waiting(
            db, [new(ANNA, "1"), new(BERT, "2"), new(ANNA, "3", days=1), new(ANNA, "4")]
        )
        assert offline.count_waiting(db, [ANNA, BERT, AccountId(3)]) == {ANNA: 3, BERT: 1}

        def uids(days: int) -> list[str]:
            found = offline.waiting(db, ANNA, now=BEGINNING + days * DAY, most=9)
            assert all(one.content == one.uid.encode() for one in found)
            return [one.uid for one in found]

        assert uids(0) == ["1", "3", "4"]
        assert uids(1) == ["1", "4"]
        first = offline.waiting(db, ANNA, now=BEGINNING, most=1)[0]
        offline.drop_until(db, ANNA, first.id)
        assert uids(0) == ["3", "4"]
        offline.drop_uid(db, ANNA, "4")
        assert uids(0) == ["3"]
        offline.forget_account(db, ANNA)
        assert offline.count_waiting(db, [ANNA, BERT]) == {BERT: 1}

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        assert asyncio.run(database.read(lambda db: full_scans(db, offline))) == []
    finally:
        database.close()
