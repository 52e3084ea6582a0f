"""Rows of the second step: the secret of an app, and the codes on paper."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from allmende.core.ids import AccountId
from allmende.identity.model.strength import Proofs
from allmende.identity.model.totp import StoredTotp
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.proofs import backup_codes, passkeys, totps

_FIND = select(totps.c.secret, totps.c.last_step).where(
    totps.c.account_id == bindparam("account_id")
)
_ADD = insert(totps)
_USE_STEP = (
    update(totps)
    .where(totps.c.account_id == bindparam("of"), totps.c.last_step < bindparam("step"))
    .values(last_step=bindparam("step"))
)
_REMOVE = delete(totps).where(totps.c.account_id == bindparam("of"))
_ADD_CODES = insert(backup_codes)
_COUNT_CODES = (
    select(func.count())
    .select_from(backup_codes)
    .where(backup_codes.c.account_id == bindparam("account_id"))
)
_USE_CODE = delete(backup_codes).where(
    backup_codes.c.account_id == bindparam("of"), backup_codes.c.hash == bindparam("hash")
)
_REMOVE_CODES = delete(backup_codes).where(backup_codes.c.account_id == bindparam("of"))
_PROOFS = select(
    accounts.c.password,
    select(func.count())
    .select_from(passkeys)
    .where(passkeys.c.account_id == bindparam("account_id"))
    .scalar_subquery(),
    select(func.count())
    .select_from(totps)
    .where(totps.c.account_id == bindparam("account_id"))
    .scalar_subquery(),
).where(accounts.c.id == bindparam("account_id"))


def proofs_of(db: Connection, account_id: AccountId) -> Proofs:
    """Return what an account can prove itself with. Index: primary key, passkeys by account."""
    row = db.execute(_PROOFS, {"account_id": account_id}).one_or_none()
    return Proofs() if row is None else Proofs(bool(row[0]), int(row[1]), bool(row[2]))


def find_totp(db: Connection, account_id: AccountId) -> StoredTotp | None:
    """Return the second step of an account. Index: primary key."""
    row = db.execute(_FIND, {"account_id": account_id}).one_or_none()
    return None if row is None else StoredTotp(*row)


def add_totp(db: Connection, account_id: AccountId, secret: str, last_step: int) -> None:
    """Keep a second step; an older one and its codes on paper end."""
    remove_totp(db, account_id)
    db.execute(_ADD, {"account_id": account_id, "secret": secret, "last_step": last_step})


def use_step(db: Connection, account_id: AccountId, step: int) -> bool:
    """Use the code of a step; of two who try at once one gets False."""
    return db.execute(_USE_STEP, {"of": account_id, "step": step}).rowcount == 1


def remove_totp(db: Connection, account_id: AccountId) -> bool:
    """Delete the second step and its codes on paper; return whether there was one."""
    db.execute(_REMOVE_CODES, {"of": account_id})
    return db.execute(_REMOVE, {"of": account_id}).rowcount == 1


def set_backup_codes(db: Connection, account_id: AccountId, hashes: Sequence[str]) -> None:
    """Keep these codes on paper and no others."""
    db.execute(_REMOVE_CODES, {"of": account_id})
    db.execute(_ADD_CODES, [{"account_id": account_id, "hash": hashed} for hashed in hashes])


def use_backup_code(db: Connection, account_id: AccountId, hashed: str) -> bool:
    """Use a code on paper up; of two who try at once one gets False."""
    return db.execute(_USE_CODE, {"of": account_id, "hash": hashed}).rowcount == 1


def count_backup_codes(db: Connection, account_id: AccountId) -> int:
    """Return how many codes on paper are left. Index: identity_backup_code_by_account."""
    return int(db.execute(_COUNT_CODES, {"account_id": account_id}).scalar_one())
