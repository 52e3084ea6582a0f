"""Leaving: at once, later, undone, as an unused account; and what is left of an account."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, inspect, select, text

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, InvalidInput, NotFound, ProofNeeded
from allmende.core.groups import Role
from allmende.identity.model.leaving import LEAVING_TIME, UNUSED_NOTICE
from allmende.identity.store import leaving
from allmende.identity.store.tables.accounts import accounts, marks
from allmende.storage.deletions import deletions_since
from allmende.storage.types import EPOCH, metadata
from tests.app.rows import add_row
from tests.identity.town import GOOD, Town


def later(town: Town, who: Caller, name: str = "mara") -> str:
    return town.run(town.identity.leave_later(who, name)).token


def signed_in(town: Town, name: str) -> Caller:
    answer = town.run(town.identity.sign_in(name, GOOD, brief=False))
    token = getattr(answer, "token", "")
    return town.run(town.identity.caller(token, None))


def test_after_fourteen_days_an_account_is_gone(town: Town) -> None:
    mara = town.person("mara")
    later(town, mara)
    assert town.told()[-1] == "identity.AccountFrozen"
    town.clock.turn(days=13, hours=23)
    assert town.run(town.identity.end_leaving()) == 0
    town.clock.turn(hours=2)
    assert town.run(town.identity.end_leaving()) == 1
    assert town.told()[-1] == "identity.AccountGone"
    assert town.run(town.identity.account_names()) == []


def test_nobody_who_leaves_is_signed_in_any_more(town: Town) -> None:
    mara = town.person("mara")
    token = town.run(town.identity.sign_in("mara", GOOD, brief=False))
    later(town, mara)
    found = town.run(town.identity.caller(getattr(token, "token", ""), None))
    assert found.account_id is None


def test_leaving_is_undone_by_its_token_once(town: Town) -> None:
    mara = town.person("mara")
    token = later(town, mara)
    shown = town.run(town.identity.leaving(token))
    assert shown.ends_at == town.clock.now() + LEAVING_TIME
    town.run(town.identity.stay(token))
    assert town.told()[-1] == "identity.AccountReleased"
    with pytest.raises(NotFound, match="nobody-leaves"):
        town.run(town.identity.stay(token))
    assert signed_in(town, "mara").account_id == mara.account_id


@pytest.mark.parametrize("token", ["", "nonsense", "\ud800", "x" * 5000])
def test_tokens_that_were_never_given_undo_nothing(town: Town, token: str) -> None:
    with pytest.raises(NotFound, match="nobody-leaves"):
        town.run(town.identity.stay(token))


def test_an_old_token_does_not_undo_a_later_leaving(town: Town) -> None:
    mara = town.person("mara")
    old = later(town, mara)
    town.run(town.identity.stay(old))
    town.clock.turn(minutes=1)
    later(town, signed_in(town, "mara"))
    with pytest.raises(NotFound, match="nobody-leaves"):
        town.run(town.identity.stay(old))


def test_whoever_signs_in_stays(town: Town) -> None:
    mara = town.person("mara")
    later(town, mara)
    assert signed_in(town, "mara").account_id == mara.account_id
    assert town.told()[-1] == "identity.AccountReleased"
    town.clock.turn(days=15)
    assert town.run(town.identity.end_leaving()) == 0


def test_it_needs_a_fresh_proof_and_ones_own_name(town: Town) -> None:
    mara = town.person("mara")
    with pytest.raises(InvalidInput, match="type-own-name"):
        town.run(town.identity.leave_now(mara, "juno"))
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.leave_now(mara, "mara"))
    with pytest.raises(ProofNeeded):
        town.run(town.identity.leave_later(mara, "mara"))


def test_the_only_admin_hands_over_first(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    shown = town.run(town.identity.farewell(mara))
    assert [one.id for one in shown.hand_over] == [group.id]
    assert town.run(town.identity.farewell(juno)).hand_over == ()
    for leave in (town.identity.leave_now, town.identity.leave_later):
        with pytest.raises(Conflict, match="hand-over-first"):
            town.run(leave(mara, "mara"))
    town.run(town.identity.set_role(mara, group.id, town.account(juno), Role.ADMIN))
    town.run(town.identity.leave_now(mara, "mara"))
    members = town.run(town.identity.group_page(juno, group.slug)).members
    assert [(one.name, one.role) for one in members] == [("juno", Role.ADMIN)]


def test_a_group_never_stays_without_an_admin(town: Town) -> None:
    """Juno may become the only admin after mara said that she leaves: the longest one follows."""
    mara, juno, kim = (town.person(name) for name in ("mara", "juno", "kim"))
    group = town.group(mara, admin=juno, member=kim)
    later(town, mara)
    asyncio.run(
        town.database.write(
            lambda db: (
                db.execute(
                    text("DELETE FROM identity_membership WHERE account_id = :id"),
                    {"id": town.account(juno)},
                ).rowcount
            )
        )
    )
    town.clock.turn(days=15)
    town.run(town.identity.end_leaving())
    members = town.run(town.identity.group_page(signed_in(town, "kim"), group.slug)).members
    assert [(one.name, one.role) for one in members] == [("kim", Role.ADMIN)]


def test_the_last_one_takes_the_group_along(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    town.run(town.identity.leave_now(mara, "mara"))
    assert town.told()[-3:] == ["identity.RoomGone", "identity.GroupGone", "identity.AccountGone"]
    noted = town.run(town.database.read(lambda db: deletions_since(db, EPOCH)))
    kinds = [kind for kind, _ in noted]
    assert kinds == ["identity.group", "identity.room", "identity.account"]
    assert ("identity.group", str(group.id)) in noted


def test_nothing_of_an_account_is_left_in_any_table(town: Town) -> None:
    mara = town.person("mara")
    account_id = town.account(mara)
    of_accounts = [
        (table, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if any(key.column.table is accounts for key in column.foreign_keys)
    ]

    def fill(db: Connection) -> None:
        for table, column in of_accounts:
            found = select(table).where(table.c[column] == account_id)
            if db.execute(found).first() is None:
                add_row(db, table, town.clock.now(), {column: account_id})

    def left(db: Connection) -> list[str]:
        return [
            f"{table.name}.{column}"
            for table, column in of_accounts
            if db.execute(select(table).where(table.c[column] == account_id)).first() is not None
        ]

    inner = town.database
    asyncio.run(inner.write(fill))
    assert len(of_accounts) >= 20
    town.run(town.identity.remove_account("mara"))
    assert asyncio.run(inner.read(left)) == []


def test_the_name_stays_blocked_and_leads_to_nobody(town: Town) -> None:
    mara = town.person("mara")
    town.run(town.identity.leave_now(mara, "mara"))
    code = town.run(town.identity.make_operator_invite())
    with pytest.raises(Conflict, match="name-taken"):
        town.run(town.identity.accept_invite(code, "mara", GOOD))
    rows = town.run(town.database.read(lambda db: db.execute(select(accounts)).all()))
    assert [row.id for row in rows if row.id == mara.account_id] == []
    assert all("mara" not in str(tuple(row)) for row in rows)


def test_the_operator_removes_whoever_is_leaving_or_not(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    later(town, mara)
    town.run(town.identity.remove_account("mara"))
    town.run(town.identity.remove_account("juno"))
    assert town.run(town.identity.account_names()) == []
    with pytest.raises(NotFound, match="no-such-account"):
        town.run(town.identity.remove_account("mara"))
    assert juno.account_id is not None


def test_accounts_that_nobody_used_for_two_years_leave_by_themselves(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")

    def change(db: Connection) -> None:
        db.execute(insert(marks), {"account_id": juno.account_id, "mark": leaving.PERMANENT})

    town.run(town.database.write(change))
    town.clock.turn(days=2 * 365 - 120)
    assert town.run(town.identity.let_unused_leave()) == []
    town.clock.turn(days=240)
    assert town.run(town.identity.let_unused_leave()) == [mara.account_id]
    assert town.run(town.identity.let_unused_leave()) == []
    town.clock.turn(days=UNUSED_NOTICE / timedelta(days=1) + 1)
    assert town.run(town.identity.end_leaving()) == 1
    assert town.run(town.identity.account_names()) == ["juno"]


def test_every_key_to_an_account_says_what_becomes_of_its_row(town: Town) -> None:
    """A row that would hold an account back is found here and not at the first deletion."""

    def question(db: Connection) -> set[str]:
        inspector = inspect(db)
        return {
            str(key["options"].get("ondelete", "")).upper()
            for name in inspector.get_table_names()
            for key in inspector.get_foreign_keys(name)
            if key["referred_table"] == "identity_account"
        }

    if town.run(town.database.read(lambda db: db.dialect.name)) == "postgresql":
        assert town.run(town.database.read(question)) <= {"CASCADE", "SET NULL"}
