"""What somebody could sign in with and ended does not come back with an older backup."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text

from allmende.app.forgetting import ACTS
from allmende.core.accounts import Caller, Scope
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.store import passkeys
from allmende.storage.deletions import all_deletions, reapply
from allmende.storage.rows import shapes
from tests.databases import Twice
from tests.identity.town import Town

TABLES: Final = (
    "identity_account",
    "identity_app_password",
    "identity_passkey",
    "identity_certificate",
)
BETTER: Final = "vier gelbe birnen im garten"

Rows = Mapping[str, Mapping[int, Mapping[str, Any]]]
Act = Callable[[Town, Caller], Awaitable[object]]


@pytest.fixture
def town(database: Twice) -> Town:
    return Town(database)


async def one_app_password(town: Town, who: Caller) -> None:
    first = (await town.identity.app_passwords(who))[0]
    await town.identity.end_app_password(who, first.id)


async def one_passkey(town: Town, who: Caller) -> None:
    first = (await town.identity.passkeys(who))[0]
    await town.identity.remove_passkey(who, first.id)


async def one_certificate(town: Town, who: Caller) -> None:
    first = (await town.identity.certificates(who))[0]
    await town.identity.end_certificate(who, first.id)


async def link(town: Town, _: Caller) -> object:
    return await town.identity.use_reset(await town.identity.reset("mara"), BETTER)


async def recovery(town: Town, who: Caller) -> object:
    kit = await town.identity.make_kit(who)
    token = await town.identity.begin_recovery(kit.code)
    await town.identity.confirm_recovery(who)
    return await town.identity.finish_recovery(token, BETTER)


WAYS: Final[Mapping[str, tuple[Act, int, int, int]]] = {
    "an app password": (one_app_password, 1, 2, 2),
    "all app passwords": (lambda town, who: town.identity.end_app_passwords(who), 0, 2, 2),
    "all other devices": (lambda town, who: town.identity.end_other_devices(who), 0, 2, 0),
    "a passkey": (one_passkey, 2, 1, 2),
    "a certificate": (one_certificate, 2, 2, 1),
    "a sign-in link": (link, 0, 0, 0),
    "a recovery": (recovery, 0, 0, 0),
    "everything, by the operator": (lambda town, _: town.identity.revoke_all("mara"), 0, 2, 0),
    "the account, by oneself": (lambda town, who: town.identity.leave_now(who, "mara"), 0, 0, 0),
    "the account, by the operator": (lambda town, _: town.identity.remove_account("mara"), 0, 0, 0),
}
"""What is done; how many app passwords, passkeys and certificates are left then of two each."""


def rows(town: Town) -> Rows:
    def question(db: Connection) -> Rows:
        tables = {shape.name: shape.table() for shape in shapes(db) if shape.name in TABLES}
        return {
            name: {row["id"]: dict(row) for row in db.execute(table.select()).mappings()}
            for name, table in tables.items()
        }

    return town.run(town.database.read(question))


def bring_back(town: Town, before: Rows, after: Rows) -> None:
    """Let the database hold what a backup held; its ledger knows nothing of it."""

    def change(db: Connection) -> None:
        tables = {shape.name: shape.table() for shape in shapes(db)}
        for name in TABLES:
            for number in after[name].keys() - before[name].keys():
                db.execute(tables[name].delete().where(tables[name].c.id == number))
            for number in before[name].keys() - after[name].keys():
                db.execute(tables[name].insert(), dict(before[name][number]))
        db.execute(text("DELETE FROM deletion"))

    town.run(town.database.write(change))


def left(town: Town, account: int) -> tuple[int, ...]:
    found = rows(town)
    return tuple(
        sum(row["account_id"] == account for row in found[name].values()) for name in TABLES[1:]
    )


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_what_was_ended_stays_ended_whatever_backup_is_restored(town: Town, way: str) -> None:
    act, *others = WAYS[way]
    remain = tuple(others)
    mara, account = with_two_of_each(town, "mara")
    _, other = with_two_of_each(town, "juno")
    before = rows(town)
    town.run(ended(act, town, mara))
    after = rows(town)
    assert left(town, account) == remain
    ledger = town.run(town.database.read(all_deletions))
    bring_back(town, before, after)
    assert left(town, account) == (2, 2, 2)
    now = town.clock.now()
    assert town.run(town.database.write(lambda db: reapply(db, ledger, ACTS, now))) > 0
    assert left(town, account) == remain
    assert left(town, other) == (2, 2, 2)


async def ended(act: Act, town: Town, who: Caller) -> None:
    await act(town, who)


def with_two_of_each(town: Town, name: str) -> tuple[Caller, int]:
    who = town.member(name)
    account = town.account(who)
    for _ in range(2):
        town.run(town.identity.make_app_password(who, frozenset({Scope.CHAT})))
    for which in ("one", "two"):
        town.run(town.identity.bind_certificate(who, f"{name}-{which}".encode()))

    def change(db: Connection) -> None:
        for which in ("one", "two"):
            new = NewPasskey(b"key", f"{name}-{which}", 0, "fern")
            passkeys.add_passkey(db, account, new, town.clock.now())

    town.run(town.database.write(change))
    return who, account
