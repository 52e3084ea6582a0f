"""Rows of accounts as those see them who look after the server."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from allmende.core.accounts import ServerRole
from allmende.core.ids import AccountId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.moderation import AccountShown
from allmende.identity.model.registration import Mark
from allmende.identity.store.tables.accounts import accounts, marks, origins

_INVITED: Final = "invited"

_COLUMNS: Final = (
    accounts.c.id,
    accounts.c.name,
    accounts.c.state,
    accounts.c.role,
    accounts.c.since,
    accounts.c.seen,
    origins.c.origin,
)
_SHOWN: Final = select(*_COLUMNS).join_from(
    accounts, origins, origins.c.account_id == accounts.c.id, isouter=True
)
_PAGE: Final = (
    _SHOWN.where(accounts.c.name > bindparam("after"), accounts.c.state != AccountState.GONE)
    .order_by(accounts.c.name)
    .limit(bindparam("most"))
)
_ONE: Final = _SHOWN.where(accounts.c.name == bindparam("of_name"))
_MARKS: Final = select(marks.c.mark, marks.c.account_id).where(
    marks.c.account_id.in_(bindparam("ids", expanding=True))
)
_NAMES: Final = select(accounts.c.id, accounts.c.name).where(
    accounts.c.id.in_(bindparam("ids", expanding=True))
)
_COUNT_ROLE: Final = (
    select(func.count())
    .select_from(accounts)
    .where(accounts.c.role == bindparam("of_role"), accounts.c.state == AccountState.ACTIVE)
)
_OPERATORS: Final = select(accounts.c.id).where(
    accounts.c.role == ServerRole.OPERATOR, accounts.c.state == AccountState.ACTIVE
)
_SET_ROLE: Final = (
    update(accounts).where(accounts.c.id == bindparam("of")).values(role=bindparam("new_role"))
)
_SETTINGS: Final = select(accounts.c.settings).where(accounts.c.id == bindparam("account_id"))
_SET_SETTINGS: Final = (
    update(accounts)
    .where(accounts.c.id == bindparam("of"))
    .values(settings=bindparam("new_settings"))
)
_DELETE: Final = delete(accounts).where(accounts.c.id == bindparam("account_id"))


def accounts_after(db: Connection, after: str, *, most: int) -> Sequence[AccountShown]:
    """Return accounts in the order of the alphabet. Index: unique name."""
    rows = db.execute(_PAGE, {"after": after, "most": most}).all()
    return _with_marks(db, rows)


def find_shown(db: Connection, name: str) -> AccountShown | None:
    """Return the account of this name. Index: unique name."""
    rows = db.execute(_ONE, {"of_name": name}).all()
    return next(iter(_with_marks(db, rows)), None)


def names_of(db: Connection, ids: Sequence[AccountId]) -> dict[AccountId, str]:
    """Return the names of these accounts. Index: primary key."""
    rows = db.execute(_NAMES, {"ids": list(ids)})
    return {AccountId(row[0]): row[1] for row in rows}


def count_role(db: Connection, role: ServerRole) -> int:
    """Return how many active accounts have a role. Reads all accounts: for acts of operators."""
    return int(db.execute(_COUNT_ROLE, {"of_role": role}).scalar_one())


def operators(db: Connection) -> Sequence[AccountId]:
    """Return who operates this server. Walks all accounts."""
    return [AccountId(row[0]) for row in db.execute(_OPERATORS)]


def set_role(db: Connection, account_id: AccountId, role: ServerRole) -> None:
    """Give an account another role on the server."""
    db.execute(_SET_ROLE, {"of": account_id, "new_role": role})


def people_invited(db: Connection, account_id: AccountId) -> int:
    """Return how many people came by the own invites of an account. Index: primary key."""
    return int(_settings(db, account_id).get(_INVITED, 0))


def count_invited(db: Connection, account_id: AccountId) -> None:
    """Count one more; who it was is not kept here."""
    kept = _settings(db, account_id)
    kept[_INVITED] = int(kept.get(_INVITED, 0)) + 1
    db.execute(_SET_SETTINGS, {"of": account_id, "new_settings": json.dumps(kept)})


def delete_account(db: Connection, account_id: AccountId) -> None:
    """Delete the row of an account that was never active; its name is free again."""
    db.execute(_DELETE, {"account_id": account_id})


def _settings(db: Connection, account_id: AccountId) -> dict[str, Any]:
    found = db.execute(_SETTINGS, {"account_id": account_id}).scalar_one_or_none()
    kept: dict[str, Any] = json.loads(found or "{}")
    return kept


def _with_marks(db: Connection, rows: Sequence[Any]) -> Sequence[AccountShown]:
    held: dict[int, set[Mark]] = {row[0]: set() for row in rows}
    if rows:
        for mark, account_id in db.execute(_MARKS, {"ids": list(held)}):
            held[account_id].add(Mark(mark))
    return [AccountShown(*row, marks=frozenset(held[row[0]])) for row in rows]
