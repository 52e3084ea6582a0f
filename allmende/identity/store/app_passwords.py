"""Rows of app passwords."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Executable, bindparam, delete, func, insert, select, update

from allmende.core.ids import AccountId, AppPasswordId
from allmende.identity.model.accounts import AccountState, week
from allmende.identity.model.app_passwords import StoredAppPassword, end_of
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.proofs import app_passwords
from allmende.storage.deletions import note_deletion

_COLUMNS: Final = (
    app_passwords.c.id,
    app_passwords.c.account_id,
    app_passwords.c.label,
    app_passwords.c.scopes,
    app_passwords.c.since,
    app_passwords.c.seen,
    app_passwords.c.ends_at,
)
OF_ACTIVE = app_passwords.join(accounts, accounts.c.id == app_passwords.c.account_id)
_IS_GOOD = (
    accounts.c.state == AccountState.ACTIVE,
    app_passwords.c.ends_at > bindparam("now"),
)
_BY_HASH = (
    select(*_COLUMNS, accounts.c.name)
    .select_from(OF_ACTIVE)
    .where(app_passwords.c.hash == bindparam("hash"), *_IS_GOOD)
)
_BY_NAME = (
    select(*_COLUMNS, app_passwords.c.scram)
    .select_from(OF_ACTIVE)
    .where(accounts.c.name == bindparam("name"), *_IS_GOOD)
    .order_by(app_passwords.c.id)
)
_OF_ACCOUNT = (
    select(*_COLUMNS)
    .where(
        app_passwords.c.account_id == bindparam("account_id"),
        app_passwords.c.ends_at > bindparam("now"),
    )
    .order_by(app_passwords.c.id)
)
_COUNT = select(func.count()).where(app_passwords.c.account_id == bindparam("account_id"))
_ADD = insert(app_passwords).returning(app_passwords.c.id)
_SET_SEEN = (
    update(app_passwords)
    .where(app_passwords.c.id == bindparam("of"))
    .values(seen=bindparam("now_seen"), ends_at=bindparam("new_end"))
)
_END_ALL = (
    delete(app_passwords)
    .where(app_passwords.c.account_id == bindparam("account_id"))
    .returning(app_passwords.c.id)
)
_END = _END_ALL.where(app_passwords.c.id == bindparam("of"))


def find_by_hash(
    db: Connection, secret_hash: str, now: datetime
) -> tuple[StoredAppPassword, str] | None:
    """Return an app password and the name of its account, if both are good at ``now``.

    Index: unique hash.
    """
    row = db.execute(_BY_HASH, {"hash": secret_hash, "now": now}).one_or_none()
    return None if row is None else (StoredAppPassword(*row[:-1]), row[-1])


def find_by_name(
    db: Connection, name: str, now: datetime
) -> Sequence[tuple[StoredAppPassword, str]]:
    """Return the app passwords of an active account with their SCRAM keys, oldest first.

    Indexes: unique name, identity_app_password_by_account.
    """
    rows = db.execute(_BY_NAME, {"name": name, "now": now})
    return [(StoredAppPassword(*row[:-1]), row[-1]) for row in rows]


def app_passwords_of(
    db: Connection, account_id: AccountId, now: datetime
) -> Sequence[StoredAppPassword]:
    """Return those of an account, oldest first. Index: identity_app_password_by_account."""
    rows = db.execute(_OF_ACCOUNT, {"account_id": account_id, "now": now})
    return [StoredAppPassword(*row) for row in rows]


def count(db: Connection, account_id: AccountId) -> int:
    """Return how many an account has. Index: identity_app_password_by_account."""
    return db.execute(_COUNT, {"account_id": account_id}).scalar_one()


def add(
    db: Connection,
    *,
    account_id: AccountId,
    label: str,
    scopes: str,
    scram: str,
    secret_hash: str,
    now: datetime,
) -> AppPasswordId:
    """Add an app password; of when it was made only the week is kept."""
    row = {
        "account_id": account_id,
        "label": label,
        "scopes": scopes,
        "since": week(now),
        "seen": week(now),
        "ends_at": end_of(now),
        "scram": scram,
        "hash": secret_hash,
    }
    return AppPasswordId(db.execute(_ADD, row).scalar_one())


def note_use(db: Connection, app_password_id: AppPasswordId, now: datetime) -> None:
    """Note the week of use; it ends a year later."""
    values = {"of": app_password_id, "now_seen": week(now), "new_end": end_of(now)}
    db.execute(_SET_SEEN, values)


def end(
    db: Connection, account_id: AccountId, app_password_id: AppPasswordId, now: datetime
) -> bool:
    """Delete one of the account, also from older backups; return whether it was there."""
    return _ended(db, _END, {"of": app_password_id, "account_id": account_id}, now) == 1


def end_all(db: Connection, account_id: AccountId, now: datetime) -> int:
    """Delete all of the account, also from older backups; return how many there were."""
    return _ended(db, _END_ALL, {"account_id": account_id}, now)


def _ended(db: Connection, which: Executable, values: Mapping[str, int], now: datetime) -> int:
    ended = db.execute(which, values).scalars().all()
    for number in ended:
        note_deletion(db, "identity.app_password", str(number), now)
    return len(ended)
