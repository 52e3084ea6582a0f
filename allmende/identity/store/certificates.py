"""Rows of certificates that are bound to accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Executable, bindparam, delete, func, insert, select, update

from allmende.core.ids import AccountId, CertificateId
from allmende.identity.model.accounts import AccountState, quarter
from allmende.identity.model.certificates import StoredCertificate
from allmende.identity.store.tables.accounts import accounts
from allmende.identity.store.tables.proofs import certificates
from allmende.storage.deletions import note_deletion

_COLUMNS: Final = (
    certificates.c.id,
    certificates.c.account_id,
    certificates.c.label,
    certificates.c.since,
)
_BY_HASH: Final = select(*_COLUMNS).where(certificates.c.hash == bindparam("hash"))
_GOOD_BY_HASH: Final = (
    select(*_COLUMNS)
    .select_from(certificates.join(accounts, accounts.c.id == certificates.c.account_id))
    .where(certificates.c.hash == bindparam("hash"), accounts.c.state == AccountState.ACTIVE)
)
_OF_ACCOUNT: Final = (
    select(*_COLUMNS)
    .where(certificates.c.account_id == bindparam("account_id"))
    .order_by(certificates.c.id)
)
_COUNT: Final = select(func.count()).where(certificates.c.account_id == bindparam("account_id"))
_ADD: Final = insert(certificates).returning(certificates.c.id)
_RENAME: Final = (
    update(certificates)
    .where(certificates.c.id == bindparam("of"), certificates.c.account_id == bindparam("account"))
    .values(label=bindparam("new_label"))
)
_END_ALL: Final = (
    delete(certificates)
    .where(certificates.c.account_id == bindparam("account_id"))
    .returning(certificates.c.id)
)
_END: Final = _END_ALL.where(certificates.c.id == bindparam("of"))


def find_certificate(db: Connection, hashed: str) -> StoredCertificate | None:
    """Return the certificate with this hash, whatever became of its account.

    Index: unique hash.
    """
    row = db.execute(_BY_HASH, {"hash": hashed}).one_or_none()
    return None if row is None else StoredCertificate(*row)


def find_good(db: Connection, hashed: str) -> StoredCertificate | None:
    """Return the certificate with this hash if its account is active. Index: unique hash."""
    row = db.execute(_GOOD_BY_HASH, {"hash": hashed}).one_or_none()
    return None if row is None else StoredCertificate(*row)


def certificates_of(db: Connection, account_id: AccountId) -> Sequence[StoredCertificate]:
    """Return those of an account, oldest first. Index: identity_certificate_by_account."""
    return [StoredCertificate(*row) for row in db.execute(_OF_ACCOUNT, {"account_id": account_id})]


def count(db: Connection, account_id: AccountId) -> int:
    """Return how many an account has. Index: identity_certificate_by_account."""
    return db.execute(_COUNT, {"account_id": account_id}).scalar_one()


def add(
    db: Connection, *, account_id: AccountId, hashed: str, label: str, now: datetime
) -> StoredCertificate:
    """Bind a certificate; of when that was only the quarter is kept."""
    since = quarter(now)
    row = {"account_id": account_id, "hash": hashed, "label": label, "since": since}
    number = CertificateId(db.execute(_ADD, row).scalar_one())
    return StoredCertificate(number, account_id, label, since)


def rename(
    db: Connection, account_id: AccountId, certificate_id: CertificateId, label: str
) -> bool:
    """Call a certificate of the account otherwise; return whether it is there."""
    values = {"of": certificate_id, "account": account_id, "new_label": label}
    return db.execute(_RENAME, values).rowcount == 1


def end(
    db: Connection, account_id: AccountId, certificate_id: CertificateId, now: datetime
) -> bool:
    """Delete one of the account, also from older backups; return whether it was there."""
    return _ended(db, _END, {"of": certificate_id, "account_id": account_id}, now) == 1


def end_all(db: Connection, account_id: AccountId, now: datetime) -> int:
    """Delete all of the account, also from older backups; return how many there were."""
    return _ended(db, _END_ALL, {"account_id": account_id}, now)


def _ended(db: Connection, which: Executable, values: Mapping[str, int], now: datetime) -> int:
    ended = db.execute(which, values).scalars().all()
    for number in ended:
        note_deletion(db, "identity.certificate", str(number), now)
    return len(ended)
