"""Messages between two people: one row for each side that lives here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    LargeBinary,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
)

from allmende.core.ids import MAX_ID, AccountId, MessageId
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata
from allmende.systems.chat.model.history import Archived
from allmende.systems.chat.model.personal import Side

personal: Final = Table(
    "chat_personal",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("uid", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("incoming", Boolean, nullable=False),
    Column("origin", LargeBinary),
    Column("content", LargeBinary, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("chat_personal_by_account", "account_id", "id"),
    Index("chat_personal_by_peer", "account_id", "peer", "id"),
    Index("chat_personal_by_uid", "account_id", "uid", unique=True),
    Index("chat_personal_by_origin", "origin"),
    Index("chat_personal_by_end", "ends_at"),
)
KEPT: Final = [
    Kept(
        personal,
        days=0,
        column="ends_at",
        why="a person's other devices fetch what they missed; set when it was written",
        personal="account_id uid peer resource origin content sent_at ends_at",
        plain="incoming encrypted",
    )
]

_FIRST: Final = MessageId(0)
_LAST: Final = MessageId(MAX_ID)
_PAGE_COLUMNS: Final = (personal.c.uid, personal.c.sent_at, personal.c.content)

_ADD: Final = insert(personal)
_KNOWN: Final = select(personal.c.origin, personal.c.uid).where(
    personal.c.origin.in_(bindparam("origins", expanding=True)),
    personal.c.sent_at >= bindparam("since"),
)
_OF_ALL: Final = (
    select(*_PAGE_COLUMNS)
    .where(
        personal.c.account_id == bindparam("account"),
        personal.c.id > bindparam("after"),
        personal.c.id < bindparam("before"),
        personal.c.ends_at > bindparam("now"),
    )
    .limit(bindparam("most"))
)
_WITH_PEER: Final = _OF_ALL.where(
    personal.c.peer == bindparam("peer"),
    or_(bindparam("resource", type_=Text) == "", personal.c.resource == bindparam("resource")),
)
_ALL_ON: Final = _OF_ALL.order_by(personal.c.id)
_ALL_BACK: Final = _OF_ALL.order_by(personal.c.id.desc())
_PEER_ON: Final = _WITH_PEER.order_by(personal.c.id)
_PEER_BACK: Final = _WITH_PEER.order_by(personal.c.id.desc())
_NUMBER: Final = select(personal.c.id).where(
    personal.c.account_id == bindparam("account"),
    personal.c.uid == bindparam("one"),
    personal.c.ends_at > bindparam("now"),
)
_SINCE: Final = (
    select(personal.c.id)
    .where(personal.c.account_id == bindparam("account"), personal.c.uid >= bindparam("floor"))
    .order_by(personal.c.uid)
    .limit(1)
)
# Without an order: SQLite would take the index of that order and read the whole archive.
_NAMED: Final = select(*_PAGE_COLUMNS).where(
    personal.c.account_id == bindparam("account"),
    personal.c.uid.in_(bindparam("uids", expanding=True)),
    personal.c.ends_at > bindparam("now"),
)
_SHORTEN: Final = text(
    "UPDATE chat_personal SET ends_at = sent_at + :kept WHERE id IN ("
    "SELECT id FROM chat_personal WHERE account_id = :account AND NOT encrypted"
    " AND ends_at > sent_at + :kept LIMIT :most)"
)
_OLDEST: Final = (
    select(personal.c.id)
    .where(personal.c.account_id == bindparam("account"))
    .limit(bindparam("most"))
)
_FORGET: Final = delete(personal).where(personal.c.id.in_(_OLDEST))
_OWN: Final = (
    select(
        personal.c.id,
        personal.c.peer,
        personal.c.incoming,
        personal.c.sent_at,
        personal.c.content,
    )
    .where(personal.c.account_id == bindparam("account"), personal.c.id > bindparam("after"))
    .order_by(personal.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Span:
    """Rows between two numbers, neither included. ``peer``, ``resource``: "" for any."""

    after: MessageId = _FIRST
    before: MessageId = _LAST
    peer: str = ""
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Own:
    """A message as its owner takes it along."""

    id: MessageId
    peer: str
    incoming: bool
    sent_at: datetime
    content: bytes


def add_sides(db: Connection, sides: Sequence[Side]) -> None:
    """Add rows in their order."""
    if sides:
        db.execute(_ADD, [_row(side) for side in sides])


def known_origins(
    db: Connection, origins: Collection[bytes], since: datetime
) -> Sequence[tuple[bytes, str]]:
    """Return origin and uid of what was sent before.

    Index: chat_personal_by_origin.
    """
    if not origins:
        return []
    rows = db.execute(_KNOWN, {"origins": list(origins), "since": since})
    return [(bytes(origin), uid) for origin, uid in rows]


def messages_between(
    db: Connection,
    account_id: AccountId,
    span: Span,
    *,
    now: datetime,
    most: int,
    backwards: bool = False,
) -> Sequence[Archived]:
    """Return up to ``most`` messages, the oldest first or the newest.

    Indexes: chat_personal_by_account, chat_personal_by_peer.
    """
    key: dict[str, object] = {
        "account": account_id,
        "after": span.after,
        "before": span.before,
        "now": now,
        "most": most,
    }
    if span.peer:
        key |= {"peer": span.peer, "resource": span.resource}
    statement: Select[tuple[str, datetime, bytes]]
    if backwards:
        statement = _PEER_BACK if span.peer else _ALL_BACK
    else:
        statement = _PEER_ON if span.peer else _ALL_ON
    return [_archived(*row) for row in db.execute(statement, key)]


def find_number(db: Connection, account_id: AccountId, uid: str, now: datetime) -> MessageId | None:
    """Return the number of a message. Index: chat_personal_by_uid."""
    key = {"account": account_id, "one": uid, "now": now}
    found = db.execute(_NUMBER, key).scalar_one_or_none()
    return None if found is None else MessageId(found)


def number_since(db: Connection, account_id: AccountId, floor: str) -> MessageId | None:
    """Return the number of the first message from the uid ``floor`` on.

    Index: chat_personal_by_uid.
    """
    found = db.execute(_SINCE, {"account": account_id, "floor": floor}).scalar_one_or_none()
    return None if found is None else MessageId(found)


def named_messages(
    db: Connection, account_id: AccountId, uids: Sequence[str], now: datetime
) -> Sequence[Archived]:
    """Return the messages of these uids, oldest first. Index: chat_personal_by_uid."""
    key = {"account": account_id, "uids": list(uids), "now": now}
    found = [_archived(*row) for row in db.execute(_NAMED, key)]
    return sorted(found, key=lambda one: one.uid)


def shorten_plain(db: Connection, account_id: AccountId, kept_micros: int, *, most: int) -> int:
    """Let up to ``most`` messages that are not encrypted end sooner, never later.

    Index: chat_personal_by_account.
    """
    key = {"account": account_id, "kept": kept_micros, "most": most}
    return db.execute(_SHORTEN, key).rowcount


def forget_account(db: Connection, account_id: AccountId, *, most: int) -> int:
    """Delete up to ``most`` rows of one side; return how many. Index: chat_personal_by_account."""
    return db.execute(_FORGET, {"account": account_id, "most": most}).rowcount


def own_after(
    db: Connection, account_id: AccountId, after: MessageId, *, most: int
) -> Sequence[Own]:
    """Return what one side has, oldest first. Index: chat_personal_by_account."""
    rows = db.execute(_OWN, {"account": account_id, "after": after, "most": most})
    return [Own(*row) for row in rows]


def _archived(uid: str, sent_at: datetime, content: bytes) -> Archived:
    return Archived(uid, sent_at, bytes(content))


def _row(side: Side) -> dict[str, object]:
    return {
        "account_id": side.account_id,
        "uid": side.uid,
        "peer": side.peer,
        "resource": side.resource,
        "incoming": side.incoming,
        "origin": side.origin,
        "content": side.content,
        "encrypted": side.encrypted,
        "sent_at": side.sent_at,
        "ends_at": side.ends_at,
    }
