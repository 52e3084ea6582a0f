"""What waits for somebody whose apps fetch nothing from an archive. XMPP calls it offline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from allmende.core.ids import AccountId, MessageId
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata

offline: Final = Table(
    "chat_offline",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("uid", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("chat_offline_by_account", "account_id", "id"),
    Index("chat_offline_by_end", "ends_at"),
)
KEPT: Final = [
    Kept(
        offline,
        days=0,
        column="ends_at",
        why="it waits until its receiver is there; set when it was written",
        personal="account_id uid content sent_at ends_at",
    )
]

_ADD: Final = insert(offline)
_COUNT: Final = (
    select(offline.c.account_id, func.count())
    .where(offline.c.account_id.in_(bindparam("accounts", expanding=True)))
    .group_by(offline.c.account_id)
)
_WAITING: Final = (
    select(offline.c.id, offline.c.uid, offline.c.content, offline.c.sent_at)
    .where(offline.c.account_id == bindparam("account"), offline.c.ends_at > bindparam("now"))
    .order_by(offline.c.id)
    .limit(bindparam("most"))
)
_DROP: Final = delete(offline).where(
    offline.c.account_id == bindparam("account"), offline.c.id <= bindparam("last")
)
_DROP_ONE: Final = delete(offline).where(
    offline.c.account_id == bindparam("account"), offline.c.uid == bindparam("one")
)
_FORGET: Final = delete(offline).where(offline.c.account_id == bindparam("account"))


@dataclass(frozen=True, slots=True)
class NewWaiting:
    """What is to wait. ``uid``: that of the archive, "" if it is in none."""

    account_id: AccountId
    uid: str
    content: bytes
    sent_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits."""

    id: MessageId
    uid: str
    content: bytes
    sent_at: datetime


def add_waiting(db: Connection, new: Sequence[NewWaiting]) -> None:
    """Add rows in their order."""
    if new:
        db.execute(
            _ADD,
            [
                {
                    "account_id": one.account_id,
                    "uid": one.uid,
                    "content": one.content,
                    "sent_at": one.sent_at,
                    "ends_at": one.ends_at,
                }
                for one in new
            ],
        )


def count_waiting(db: Connection, accounts: Collection[AccountId]) -> Mapping[AccountId, int]:
    """Return how much waits for each. Index: chat_offline_by_account."""
    rows = db.execute(_COUNT, {"accounts": list(accounts)})
    return {AccountId(account): count for account, count in rows}


def waiting(
    db: Connection, account_id: AccountId, *, now: datetime, most: int
) -> Sequence[Waiting]:
    """Return what waits, oldest first. Index: chat_offline_by_account."""
    rows = db.execute(_WAITING, {"account": account_id, "now": now, "most": most})
    return [
        Waiting(MessageId(number), uid, bytes(content), sent_at)
        for number, uid, content, sent_at in rows
    ]


def drop_until(db: Connection, account_id: AccountId, last: MessageId) -> None:
    """Delete what waited up to this one. Index: chat_offline_by_account."""
    db.execute(_DROP, {"account": account_id, "last": last})


def drop_uid(db: Connection, account_id: AccountId, uid: str) -> None:
    """Delete one that reached its receiver after all. Index: chat_offline_by_account."""
    db.execute(_DROP_ONE, {"account": account_id, "one": uid})


def forget_account(db: Connection, account_id: AccountId) -> None:
    """Delete all that waits for an account. Index: chat_offline_by_account."""
    db.execute(_FORGET, {"account": account_id})
