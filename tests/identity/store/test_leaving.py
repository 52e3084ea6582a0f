"""Rows of leaving accounts, each function on both databases."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, select

from allmende.core.groups import Role
from allmende.core.ids import AccountId
from allmende.identity.model.accounts import AccountState
from allmende.identity.store import accounts, leaving
from allmende.identity.store.tables.accounts import accounts as rows
from tests.identity.town import BEGINNING, Town

DAY = timedelta(days=1)


def test_only_an_active_account_begins_to_leave_and_only_a_leaving_one_stays(town: Town) -> None:
    mara = town.account(town.person("mara"))
    write, read = town.database.write, town.database.read
    assert not asyncio.run(write(lambda db: leaving.stop_leaving(db, mara)))
    assert asyncio.run(write(lambda db: leaving.begin_leaving(db, mara, BEGINNING + DAY)))
    assert not asyncio.run(write(lambda db: leaving.begin_leaving(db, mara, BEGINNING)))
    assert asyncio.run(read(lambda db: leaving.find_leaving(db, mara))) == BEGINNING + DAY
    assert asyncio.run(write(lambda db: leaving.stop_leaving(db, mara)))
    assert asyncio.run(read(lambda db: leaving.find_leaving(db, mara))) is None
    nobody = AccountId(99)
    assert not asyncio.run(write(lambda db: leaving.begin_leaving(db, nobody, BEGINNING)))


def _begin(account_id: AccountId, ends_at: datetime, db: Connection) -> bool:
    return leaving.begin_leaving(db, account_id, ends_at)


def test_those_whose_time_is_over_come_in_order_and_not_too_many(town: Town) -> None:
    people = [town.account(town.person(name)) for name in ("mara", "juno", "kim")]
    for number, account_id in enumerate(reversed(people)):
        begin = partial(_begin, account_id, BEGINNING + number * DAY)
        assert asyncio.run(town.database.write(begin))

    def due(days: int, most: int) -> list[AccountId]:
        now = BEGINNING + days * DAY
        return list(asyncio.run(town.database.read(lambda db: leaving.due(db, now, most=most))))

    assert due(1, 5) == [people[2], people[1]]
    assert due(9, 1) == [people[2]]


def test_a_name_is_blocked_in_a_row_with_another_number(town: Town) -> None:
    mara = town.account(town.person("mara"))
    asyncio.run(town.database.write(lambda db: leaving.erase_account(db, mara, "-hash")))
    assert asyncio.run(town.database.read(lambda db: accounts.find_account(db, mara))) is None
    (row,) = asyncio.run(town.database.read(lambda db: db.execute(select(rows)).all()))
    assert (row.name, row.state, row.since, row.seen) == ("-hash", AccountState.GONE, "", "")
    assert row.id != mara


def test_the_longest_member_comes_first(town: Town) -> None:
    mara, juno, kim = (town.person(name) for name in ("mara", "juno", "kim"))
    group = town.group(mara, member=kim, guest=juno)
    found = asyncio.run(town.database.read(lambda db: leaving.longest_members(db, group.id)))
    assert {role for _, role in found} == {Role.ADMIN, Role.MEMBER, Role.GUEST}
    assert [account_id for account_id, _ in found] == sorted(one for one, _ in found)
