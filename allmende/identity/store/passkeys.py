"""Rows of passkeys."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Executable, bindparam, delete, func, insert, select, update

from allmende.core.ids import AccountId, PasskeyId
from allmende.identity.model.accounts import week
from allmende.identity.model.passkeys import NewPasskey, StoredPasskey
from allmende.identity.store.tables.proofs import passkeys
from allmende.storage.deletions import note_deletion

_OF = (
    select(passkeys).where(passkeys.c.account_id == bindparam("account_id")).order_by(passkeys.c.id)
)
_COUNT = (
    select(func.count())
    .select_from(passkeys)
    .where(passkeys.c.account_id == bindparam("account_id"))
)
_BY_CREDENTIAL = select(passkeys).where(passkeys.c.credential == bindparam("credential"))
_ADD = insert(passkeys).returning(passkeys.c.id)
_USE = (
    update(passkeys)
    .where(passkeys.c.id == bindparam("of"), passkeys.c.sign_count == bindparam("was"))
    .values(sign_count=bindparam("now_count"), seen=bindparam("now_week"))
)
_RENAME = (
    update(passkeys)
    .where(passkeys.c.id == bindparam("of"), passkeys.c.account_id == bindparam("account"))
    .values(label=bindparam("new_label"))
)
_REMOVE_ALL = (
    delete(passkeys).where(passkeys.c.account_id == bindparam("account")).returning(passkeys.c.id)
)
_REMOVE = _REMOVE_ALL.where(passkeys.c.id == bindparam("of"))


def passkeys_of(db: Connection, account_id: AccountId) -> Sequence[StoredPasskey]:
    """Return the passkeys of an account, oldest first. Index: identity_passkey_by_account."""
    return [StoredPasskey(*row) for row in db.execute(_OF, {"account_id": account_id})]


def count_passkeys(db: Connection, account_id: AccountId) -> int:
    """Return how many passkeys an account has. Index: identity_passkey_by_account."""
    return int(db.execute(_COUNT, {"account_id": account_id}).scalar_one())


def find_passkey(db: Connection, credential: str) -> StoredPasskey | None:
    """Return the passkey with this credential id. Index: unique credential."""
    row = db.execute(_BY_CREDENTIAL, {"credential": credential}).one_or_none()
    return None if row is None else StoredPasskey(*row)


def add_passkey(db: Connection, account_id: AccountId, new: NewPasskey, now: datetime) -> PasskeyId:
    """Add a passkey; of when, only the week is kept."""
    row = {
        "public_key": new.public_key,
        "account_id": account_id,
        "credential": new.credential,
        "sign_count": new.sign_count,
        "label": new.label,
        "since": week(now),
        "seen": week(now),
    }
    return PasskeyId(db.execute(_ADD, row).scalar_one())


def use_passkey(db: Connection, passkey: StoredPasskey, sign_count: int, now: datetime) -> bool:
    """Note a use; False if another use was faster, which a copied passkey would look like."""
    values = {
        "of": passkey.id,
        "was": passkey.sign_count,
        "now_count": sign_count,
        "now_week": week(now),
    }
    return db.execute(_USE, values).rowcount == 1


def rename_passkey(
    db: Connection, account_id: AccountId, passkey_id: PasskeyId, label: str
) -> bool:
    """Call a passkey of the account otherwise; return whether it is there."""
    values = {"of": passkey_id, "account": account_id, "new_label": label}
    return db.execute(_RENAME, values).rowcount == 1


def remove_passkey(
    db: Connection, account_id: AccountId, passkey_id: PasskeyId, now: datetime
) -> bool:
    """Delete a passkey of the account, also from older backups; return whether it was there."""
    return _removed(db, _REMOVE, {"of": passkey_id, "account": account_id}, now) == 1


def remove_passkeys(db: Connection, account_id: AccountId, now: datetime) -> None:
    """Delete all passkeys of the account, also from older backups."""
    _removed(db, _REMOVE_ALL, {"account": account_id}, now)


def _removed(db: Connection, which: Executable, values: Mapping[str, int], now: datetime) -> int:
    removed = db.execute(which, values).scalars().all()
    for number in removed:
        note_deletion(db, "identity.passkey", str(number), now)
    return len(removed)
