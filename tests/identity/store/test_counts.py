"""How many there are, on both databases. Never who."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Insert, insert

from allmende.core.accounts import ServerRole
from allmende.core.groups import Role
from allmende.identity.model.accounts import AccountState
from allmende.identity.store.counts import People, people
from allmende.identity.store.tables.accounts import accounts, requests, settings
from allmende.identity.store.tables.groups import groups, memberships
from allmende.identity.store.tables.proofs import sessions
from allmende.storage.database import Database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODY = People(
    operators=0,
    moderators_seen=0,
    requests_waiting=0,
    groups_with_one_admin=0,
    recoveries_waiting=0,
    registration="",
)


def counted(database: Database) -> People:
    return asyncio.run(database.read(lambda db: people(db, NOW)))


def change(database: Database, *statements: Insert) -> None:
    def run(db: Connection) -> None:
        for statement in statements:
            db.execute(statement)

    asyncio.run(database.write(run))


def account(number: int, role: ServerRole, state: AccountState = AccountState.ACTIVE) -> Insert:
    return insert(accounts).values(
        id=number, name=f"person{number}", password="", state=state, role=role,
        since="2026-Q4", seen="2026-Q4", settings="",
    )  # fmt: skip


def test_an_empty_server_has_nobody(database: Database) -> None:
    assert counted(database) == NOBODY


def test_operators_are_counted_while_they_are_active(database: Database) -> None:
    change(
        database,
        account(1, ServerRole.OPERATOR),
        account(2, ServerRole.OPERATOR, AccountState.FROZEN),
        account(3, ServerRole.NONE),
    )
    assert counted(database).operators == 1


def session(number: int, account_id: int, seen: str) -> Insert:
    return insert(sessions).values(
        id=number, hash=f"h{number}", account_id=account_id, label="x", since="2026-W01",
        seen=seen, ends_at=NOW + timedelta(days=9),
    )  # fmt: skip


def test_who_looks_after_sign_ups_was_here_this_week_or_the_last(database: Database) -> None:
    change(
        database,
        *(account(n, role) for n, role in enumerate(ServerRole, 1)),
        *(session(n, n, "2026-W47") for n in range(1, len(ServerRole) + 1)),
        account(11, ServerRole.MODERATOR),
        session(11, 11, "2026-W46"),
        session(12, 4, "2026-W48"),
    )
    assert counted(database).moderators_seen == 2


def test_groups_with_one_admin_and_others_in_it_are_counted(database: Database) -> None:
    admin, member = Role.ADMIN, Role.MEMBER
    change(database, *(account(number, ServerRole.NONE) for number in (1, 2, 3)))
    for number, roles in enumerate(
        ([admin], [admin, member], [admin, admin], [admin, member, Role.GUEST]), 1
    ):
        change(
            database,
            insert(groups).values(id=number, slug=f"group{number}", name="Group"),
            *(
                insert(memberships).values(
                    group_id=number, account_id=who, role=role, since="2026-Q4"
                )
                for who, role in enumerate(roles, 1)
            ),
        )
    assert counted(database).groups_with_one_admin == 2


def test_the_newest_choice_of_registration_counts(database: Database) -> None:
    for number, mode in enumerate(("open", "request"), 1):
        chosen = {"name": "registration", "value": mode, "why": "chosen", "at": NOW}
        change(database, insert(settings).values(id=number, **chosen))
    assert counted(database).registration == "request"


def test_requests_wait_too_long_after_three_days(database: Database) -> None:
    for number, (days, state) in enumerate(((4, "waiting"), (2, "waiting"), (9, "declined")), 1):
        made = NOW - timedelta(days=days)
        change(
            database,
            insert(requests).values(
                id=number, role="member", body="", state=state, answer="", made_at=made,
                ends_at=NOW, hash=f"h{number}",
            ),
        )  # fmt: skip
    assert counted(database).requests_waiting == 1
