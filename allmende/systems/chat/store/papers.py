"""What apps keep of a person that is no node: private data by name, and one vCard."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from allmende.core.ids import AccountId
from allmende.storage.retention import Kept
from allmende.storage.types import Text, metadata, of

private: Final = Table(
    "chat_private",
    metadata,
    Column("account_id", BigInteger, of("identity_account"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)
vcards: Final = Table(
    "chat_vcard",
    metadata,
    Column(
        "account_id",
        BigInteger,
        of("identity_account"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("payload", LargeBinary, nullable=False),
)
KEPT: Final = [
    Kept(
        private,
        days=None,
        why="settings of a person's apps, until the app or the account goes",
        personal="account_id name payload",
    ),
    Kept(
        vcards,
        days=None,
        why="what a person says of themselves, until they delete it",
        personal="account_id payload",
    ),
]

_PRIVATE: Final = select(private.c.payload).where(
    private.c.account_id == bindparam("account"), private.c.name == bindparam("paper")
)
_ALL_PRIVATE: Final = (
    select(private.c.name, private.c.payload)
    .where(private.c.account_id == bindparam("account"))
    .order_by(private.c.name)
)
_COUNT: Final = (
    select(func.count()).select_from(private).where(private.c.account_id == bindparam("account"))
)
_SET_PRIVATE: Final = update(private).where(
    private.c.account_id == bindparam("account"), private.c.name == bindparam("paper")
)
_ADD_PRIVATE: Final = insert(private)
_DELETE_PRIVATE: Final = delete(private).where(
    private.c.account_id == bindparam("account"), private.c.name == bindparam("paper")
)
_FORGET_PRIVATE: Final = delete(private).where(private.c.account_id == bindparam("account"))
_VCARD: Final = select(vcards.c.payload).where(vcards.c.account_id == bindparam("account"))
_SET_VCARD: Final = update(vcards).where(vcards.c.account_id == bindparam("account"))
_ADD_VCARD: Final = insert(vcards)
_DELETE_VCARD: Final = delete(vcards).where(vcards.c.account_id == bindparam("account"))


def find_private(db: Connection, account_id: AccountId, name: str) -> bytes | None:
    """Return what is kept under a name. Index: primary key."""
    found = db.execute(_PRIVATE, {"account": account_id, "paper": name}).scalar_one_or_none()
    return None if found is None else bytes(found)


def private_of(db: Connection, account_id: AccountId) -> Sequence[tuple[str, bytes]]:
    """Return everything private of an account. Index: primary key."""
    rows = db.execute(_ALL_PRIVATE, {"account": account_id})
    return [(name, bytes(payload)) for name, payload in rows]


def count_private(db: Connection, account_id: AccountId) -> int:
    """Return how many names an account uses. Index: primary key."""
    return int(db.execute(_COUNT, {"account": account_id}).scalar_one())


def set_private(db: Connection, account_id: AccountId, name: str, payload: bytes) -> None:
    """Keep something under a name instead of what was there. Index: primary key."""
    values = {"account": account_id, "paper": name, "payload": payload}
    if db.execute(_SET_PRIVATE, values).rowcount == 0:
        db.execute(_ADD_PRIVATE, {"account_id": account_id, "name": name, "payload": payload})


def delete_private(db: Connection, account_id: AccountId, name: str) -> None:
    """Delete what is kept under a name. Index: primary key."""
    db.execute(_DELETE_PRIVATE, {"account": account_id, "paper": name})


def find_vcard(db: Connection, account_id: AccountId) -> bytes | None:
    """Return the vCard of an account. Index: primary key."""
    found = db.execute(_VCARD, {"account": account_id}).scalar_one_or_none()
    return None if found is None else bytes(found)


def set_vcard(db: Connection, account_id: AccountId, payload: bytes) -> None:
    """Keep a vCard instead of the one that was there. Index: primary key."""
    if db.execute(_SET_VCARD, {"account": account_id, "payload": payload}).rowcount == 0:
        db.execute(_ADD_VCARD, {"account_id": account_id, "payload": payload})


def forget_account(db: Connection, account_id: AccountId) -> None:
    """Delete all of it. Indexes: primary keys."""
    db.execute(_FORGET_PRIVATE, {"account": account_id})
    db.execute(_DELETE_VCARD, {"account": account_id})
