"""What is kept of the chat: messages until they end, nothing about who read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

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
    text,
    update,
)

from allmende.core.errors import NotFound
from allmende.core.ids import AccountId, MessageId, RoomId
from allmende.storage.retention import Kept
from allmende.storage.types import EPOCH, RowId, Text, UtcTime, metadata
from allmende.systems.chat.model.messages import Message, NewMessage

PIECE: Final = 500
"""Rows of one change."""

messages = Table(
    "chat_message",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", BigInteger, nullable=False),
    Column("account_id", BigInteger),
    Column("guest_id", Text),
    Column("author", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("client_key", Text, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),
    Column("content", LargeBinary),
    Index("chat_message_by_room", "room_id", "id"),
    Index("chat_message_by_time", "room_id", "sent_at"),
    Index("chat_message_by_key", "room_id", "client_key"),
    Index("chat_message_by_account", "account_id"),
    Index("chat_message_by_end", "ends_at"),
)
KEPT: Final = [
    Kept(
        messages,
        days=0,
        column="ends_at",
        why="members read back; set when it was written",
        personal="account_id guest_id author body client_key sent_at ends_at content",
        plain="kind",
    )
]

SHOWN: Final = (
    messages.c.id,
    messages.c.room_id,
    messages.c.account_id,
    messages.c.guest_id,
    messages.c.author,
    messages.c.body,
    messages.c.sent_at,
    messages.c.ends_at,
    messages.c.kind,
    messages.c.content,
)
"""The columns of a `Message`."""

_ADD: Final = insert(messages)
_ONE: Final = select(*SHOWN).where(
    messages.c.room_id == bindparam("room"), messages.c.id == bindparam("message")
)
_BY_KEY: Final = select(*SHOWN).where(
    messages.c.room_id == bindparam("room"), messages.c.client_key == bindparam("key")
)
_BEFORE: Final = (
    select(*SHOWN)
    .where(
        messages.c.room_id == bindparam("room"),
        messages.c.id < bindparam("before"),
        messages.c.sent_at >= bindparam("since"),
        messages.c.ends_at > bindparam("now"),
    )
    .order_by(messages.c.id.desc())
    .limit(bindparam("most"))
)
_SHORTEN: Final = text(
    "UPDATE chat_message SET ends_at = sent_at + :kept WHERE id IN ("
    "SELECT id FROM chat_message WHERE room_id = :room AND ends_at > sent_at + :kept LIMIT :most)"
)
_DELETE: Final = delete(messages).where(
    messages.c.room_id == bindparam("room"), messages.c.id == bindparam("message")
)
_OLDEST: Final = (
    select(messages.c.id).where(messages.c.room_id == bindparam("room")).limit(bindparam("most"))
)
_FORGET: Final = delete(messages).where(messages.c.id.in_(_OLDEST))
_OF_ACCOUNT: Final = (
    select(messages.c.id)
    .where(messages.c.account_id == bindparam("account"))
    .limit(bindparam("most"))
)
_UNNAME: Final = (
    update(messages)
    .where(messages.c.id.in_(_OF_ACCOUNT))
    .values(account_id=None, author=bindparam("nobody"), content=None)
)
_OF: Final = (
    select(*SHOWN)
    .where(
        messages.c.account_id == bindparam("account"),
        messages.c.id > bindparam("after"),
        messages.c.kind == "",
    )
    .order_by(messages.c.id)
    .limit(bindparam("most"))
)
_AFTER: Final = (
    select(*SHOWN)
    .where(
        messages.c.room_id == bindparam("room"),
        messages.c.id > bindparam("after"),
        messages.c.kind == "",
    )
    .order_by(messages.c.id)
    .limit(bindparam("most"))
)
_KEPT_BY_ROOM: Final = (
    select(messages.c.room_id, func.count())
    .group_by(messages.c.room_id)
    .order_by(messages.c.room_id)
)


def add_message(db: Connection, new: NewMessage) -> Message:
    """Store one message and return it with its number."""
    added = db.execute(
        _ADD,
        {
            "room_id": new.room_id,
            "account_id": new.account_id,
            "guest_id": new.guest_id,
            "author": new.author,
            "body": new.text,
            "client_key": new.key,
            "sent_at": new.sent_at,
            "ends_at": new.ends_at,
            "kind": new.kind,
            "content": new.content,
        },
    )
    key = added.inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no number")
    return new.numbered(MessageId(key[0]))


def messages_by_key(db: Connection, room_id: RoomId, key: str) -> Sequence[Message]:
    """Return the messages that carry a client's key. Index: chat_message_by_key."""
    return [message_of(row) for row in db.execute(_BY_KEY, {"room": room_id, "key": key})]


def message(db: Connection, room_id: RoomId, message_id: MessageId) -> Message:
    """Return one message. Raises NotFound ``chat.not-found``. Index: primary key."""
    row = db.execute(_ONE, {"room": room_id, "message": message_id}).one_or_none()
    if row is None:
        raise NotFound("chat.not-found")
    return message_of(row)


def messages_before(
    db: Connection,
    room_id: RoomId,
    before: MessageId,
    *,
    most: int,
    now: datetime,
    since: datetime | None = None,
) -> Sequence[Message]:
    """Return the ``most`` newest older than ``before``, newest first.

    What has ended by ``now`` is left out, though not yet swept, and what was written before
    ``since``. Index: chat_message_by_room.
    """
    key = {"room": room_id, "before": before, "most": most, "now": now, "since": since or EPOCH}
    return [message_of(row) for row in db.execute(_BEFORE, key)]


def shorten(db: Connection, room_id: RoomId, kept_for: timedelta, *, most: int) -> int:
    """Let up to ``most`` messages of a room end sooner; return how many. Never later: they were
    written under another promise. Index: chat_message_by_room.
    """
    key = {"room": room_id, "kept": kept_for // timedelta(microseconds=1), "most": most}
    return db.execute(_SHORTEN, key).rowcount


def delete_message(db: Connection, room_id: RoomId, message_id: MessageId) -> None:
    """Delete one message. Index: primary key."""
    db.execute(_DELETE, {"room": room_id, "message": message_id})


def forget_room(db: Connection, room_id: RoomId, *, most: int) -> int:
    """Delete up to ``most`` messages of a room that is gone; return how many.

    Index: chat_message_by_room.
    """
    return db.execute(_FORGET, {"room": room_id, "most": most}).rowcount


def forget_author(db: Connection, account_id: AccountId, *, most: int) -> int:
    """Take the name off up to ``most`` messages of an account that is gone; return how many.

    Index: chat_message_by_account.
    """
    changes = {"account": account_id, "most": most, "nobody": ""}
    return db.execute(_UNNAME, changes).rowcount


def messages_of(
    db: Connection, account_id: AccountId, after: MessageId, *, most: int
) -> Sequence[Message]:
    """Return what an account wrote, oldest first. Index: chat_message_by_account."""
    rows = db.execute(_OF, {"account": account_id, "after": after, "most": most})
    return [message_of(row) for row in rows]


def messages_after(
    db: Connection, room_id: RoomId, after: MessageId, *, most: int
) -> Sequence[Message]:
    """Return what people wrote in a room, oldest first. Index: chat_message_by_room."""
    rows = db.execute(_AFTER, {"room": room_id, "after": after, "most": most})
    return [message_of(row) for row in rows]


def kept_by_room(db: Connection) -> Sequence[tuple[RoomId, int]]:
    """Return how many messages each room keeps. Reads all rows: for the operator only."""
    return [(RoomId(room), count) for room, count in db.execute(_KEPT_BY_ROOM)]


def message_of(row: Iterable[Any]) -> Message:
    """Return a row of the columns `SHOWN`."""
    return Message(*row)
