"""What is kept of whom people know, and of whom they want nothing."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    LargeBinary,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from allmende.core.ids import AccountId
from allmende.storage.retention import Kept
from allmende.storage.types import Text, metadata
from allmende.systems.chat.model.contacts import Contact, Standing

contacts = Table(
    "chat_contact",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),
    Column("peer_id", BigInteger),
    Column("name", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("sees", Boolean, nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("asks", Boolean, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("heard", Boolean, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Index("chat_contact_by_peer", "peer_id"),
)
blocks = Table(
    "chat_block",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),
)
KEPT: Final = [
    Kept(
        contacts,
        days=None,
        why="people see when those they know are here; they delete it",
        personal="account_id peer_id address name labels sees seen asks asked approved request",
    ),
    Kept(
        blocks,
        days=None,
        why="nothing of these addresses gets through; people delete it",
        personal="account_id address",
    ),
]

_ALL: Final = (
    select(contacts)
    .where(contacts.c.account_id == bindparam("account"))
    .order_by(contacts.c.address)
)
_ONE: Final = select(contacts).where(
    contacts.c.account_id == bindparam("account"), contacts.c.address == bindparam("of")
)
_ADD: Final = insert(contacts)
_CHANGED: Final = ("peer_id", "name", "labels", "sees", "seen", "asks", "asked", "approved",
                   "listed", "request", "heard", "accepted")  # fmt: skip
_CHANGE: Final = (
    update(contacts)
    .where(contacts.c.account_id == bindparam("account"), contacts.c.address == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)
_FORGET: Final = delete(contacts).where(
    contacts.c.account_id == bindparam("account"), contacts.c.address == bindparam("of")
)
_FORGET_PEER: Final = delete(contacts).where(contacts.c.peer_id == bindparam("peer"))
_FORGET_OWN: Final = delete(contacts).where(contacts.c.account_id == bindparam("account"))
_BLOCKED: Final = (
    select(blocks.c.address)
    .where(blocks.c.account_id == bindparam("account"))
    .order_by(blocks.c.address)
)
_ADD_BLOCK: Final = insert(blocks)
_UNBLOCK: Final = delete(blocks).where(
    blocks.c.account_id == bindparam("account"), blocks.c.address == bindparam("of")
)
_UNBLOCK_ALL: Final = delete(blocks).where(blocks.c.account_id == bindparam("account"))


def contacts_of(db: Connection, account_id: AccountId) -> Sequence[Contact]:
    """Return all that an account keeps, by address. Index: primary key."""
    return [_contact(row) for row in db.execute(_ALL, {"account": account_id})]


def find_contact(db: Connection, account_id: AccountId, address: str) -> Contact | None:
    """Return what an account keeps of an address. Index: primary key."""
    row = db.execute(_ONE, {"account": account_id, "of": address}).one_or_none()
    return None if row is None else _contact(row)


def keep_contact(db: Connection, account_id: AccountId, contact: Contact) -> None:
    """Keep it as it is now; an empty one is deleted. Index: primary key."""
    key = {"account": account_id, "of": contact.address}
    if contact.is_empty:
        db.execute(_FORGET, key)
        return
    row = _row(contact)
    new = {f"new_{name}": row[name] for name in _CHANGED}
    if db.execute(_CHANGE, {**key, **new}).rowcount == 0:
        db.execute(_ADD, {"account_id": account_id, **row})


def forget_account(db: Connection, account_id: AccountId) -> None:
    """Delete what an account kept and what others kept of it.

    Indexes: primary keys, chat_contact_by_peer.
    """
    db.execute(_FORGET_OWN, {"account": account_id})
    db.execute(_UNBLOCK_ALL, {"account": account_id})
    db.execute(_FORGET_PEER, {"peer": account_id})


def blocked_by(db: Connection, account_id: AccountId) -> Sequence[str]:
    """Return the addresses that an account blocks. Index: primary key."""
    return db.execute(_BLOCKED, {"account": account_id}).scalars().all()


def add_blocks(db: Connection, account_id: AccountId, addresses: Iterable[str]) -> None:
    """Block addresses that are not blocked yet."""
    rows = [{"account_id": account_id, "address": address} for address in addresses]
    if rows:
        db.execute(_ADD_BLOCK, rows)


def unblock(db: Connection, account_id: AccountId, addresses: Iterable[str]) -> None:
    """Block these no more. Index: primary key."""
    for address in addresses:
        db.execute(_UNBLOCK, {"account": account_id, "of": address})


def _contact(row: Any) -> Contact:
    stands = Standing(row.sees, row.seen, row.asks, row.asked, row.approved)
    return Contact(
        address=row.address,
        peer=None if row.peer_id is None else AccountId(row.peer_id),
        name=row.name,
        labels=tuple(json.loads(row.labels)),
        standing=stands,
        listed=row.listed,
        request=bytes(row.request),
        heard=row.heard,
        accepted=row.accepted,
    )


def _row(contact: Contact) -> dict[str, object]:
    stands = contact.standing
    return {
        "address": contact.address,
        "peer_id": contact.peer,
        "name": contact.name,
        "labels": json.dumps(contact.labels, ensure_ascii=False),
        "sees": stands.sees,
        "seen": stands.seen,
        "asks": stands.asks,
        "asked": stands.asked,
        "approved": stands.approved,
        "listed": contact.listed,
        "request": contact.request,
        "heard": contact.heard,
        "accepted": contact.accepted,
    }
