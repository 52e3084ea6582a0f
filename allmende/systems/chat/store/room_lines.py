"""What was said in rooms that people make with their apps."""

from collections.abc import Collection, Sequence
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
    insert,
    select,
    update,
)

from allmende.core.ids import AccountId, MessageId
from allmende.storage.retention import Kept
from allmende.storage.types import RowId, Text, UtcTime, metadata
from allmende.systems.chat.model.history import Archived
from allmende.systems.chat.model.rooms import NewLine
from allmende.systems.chat.store.personal import Span

lines: Final = Table(
    "chat_room_line",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room", BigInteger, nullable=False),
    Column("uid", Text, nullable=False),
    Column("account_id", BigInteger),
    Column("occupant", Text, nullable=False),
    Column("origin", LargeBinary),
    Column("content", LargeBinary, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Index("chat_room_line_by_room", "room", "id"),
    Index("chat_room_line_by_uid", "room", "uid", unique=True),
    Index("chat_room_line_by_account", "account_id", "id"),
    Index("chat_room_line_by_origin", "origin"),
    Index("chat_room_line_by_end", "ends_at"),
)
KEPT: Final = [
    Kept(
        lines,
        days=0,
        column="ends_at",
        why="those in a room read back what they missed; set when it was written",
        personal="uid account_id occupant origin content sent_at ends_at",
        plain="room",
    )
]

_PAGE_COLUMNS: Final = (lines.c.uid, lines.c.sent_at, lines.c.content)
_ADD: Final = insert(lines)
_KNOWN: Final = select(lines.c.origin, lines.c.uid).where(
    lines.c.origin.in_(bindparam("origins", expanding=True)),
    lines.c.sent_at >= bindparam("since"),
)
_BETWEEN: Final = (
    select(*_PAGE_COLUMNS)
    .where(
        lines.c.room == bindparam("number"),
        lines.c.id > bindparam("after"),
        lines.c.id < bindparam("before"),
        lines.c.ends_at > bindparam("now"),
    )
    .limit(bindparam("most"))
)
_ON: Final = _BETWEEN.order_by(lines.c.id)
_BACK: Final = _BETWEEN.order_by(lines.c.id.desc())
_NUMBER: Final = select(lines.c.id).where(
    lines.c.room == bindparam("number"),
    lines.c.uid == bindparam("one"),
    lines.c.ends_at > bindparam("now"),
)
_AUTHOR: Final = select(lines.c.occupant).where(
    lines.c.room == bindparam("number"), lines.c.uid == bindparam("one")
)
_SINCE: Final = (
    select(lines.c.id)
    .where(lines.c.room == bindparam("number"), lines.c.uid >= bindparam("floor"))
    .order_by(lines.c.uid)
    .limit(1)
)
_NAMED: Final = select(*_PAGE_COLUMNS).where(
    lines.c.room == bindparam("number"),
    lines.c.uid.in_(bindparam("uids", expanding=True)),
    lines.c.ends_at > bindparam("now"),
)
_ERASE: Final = (
    update(lines)
    .where(lines.c.room == bindparam("number"), lines.c.uid == bindparam("one"))
    .values(content=bindparam("grave"), origin=None)
)
_OLDEST: Final = (
    select(lines.c.id).where(lines.c.room == bindparam("number")).limit(bindparam("most"))
)
_FORGET: Final = delete(lines).where(lines.c.id.in_(_OLDEST))
_OF_ACCOUNT: Final = (
    select(lines.c.id).where(lines.c.account_id == bindparam("account")).limit(bindparam("most"))
)
_FORGET_AUTHOR: Final = delete(lines).where(lines.c.id.in_(_OF_ACCOUNT))
_OWN: Final = (
    select(lines.c.id, lines.c.sent_at, lines.c.content)
    .where(lines.c.account_id == bindparam("account"), lines.c.id > bindparam("after"))
    .order_by(lines.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A message as its author takes it along."""

    id: MessageId
    sent_at: datetime
    content: bytes


def add_lines(db: Connection, new: Sequence[NewLine]) -> None:
    """Add messages in their order; what one erases is erased. Index: chat_room_line_by_uid."""
    if new:
        db.execute(_ADD, [_row(one) for one in new])
    for one in new:
        if one.erases:
            db.execute(_ERASE, {"number": one.room, "one": one.erases, "grave": one.grave})


def known_origins(
    db: Connection, origins: Collection[bytes], since: datetime
) -> Sequence[tuple[bytes, str]]:
    """Return origin and uid of what was sent before. Index: chat_room_line_by_origin."""
    if not origins:
        return []
    rows = db.execute(_KNOWN, {"origins": list(origins), "since": since})
    return [(bytes(origin), uid) for origin, uid in rows]


def lines_between(
    db: Connection, room: int, span: Span, *, now: datetime, most: int, backwards: bool = False
) -> Sequence[Archived]:
    """Return up to ``most``, the oldest first or the newest. Index: chat_room_line_by_room."""
    key = {
        "number": room,
        "after": span.after,
        "before": span.before,
        "now": now,
        "most": most,
    }
    return [_archived(*row) for row in db.execute(_BACK if backwards else _ON, key)]


def find_number(db: Connection, room: int, uid: str, now: datetime) -> MessageId | None:
    """Return the number of a message. Index: chat_room_line_by_uid."""
    found = db.execute(_NUMBER, {"number": room, "one": uid, "now": now}).scalar_one_or_none()
    return None if found is None else MessageId(found)


def find_author(db: Connection, room: int, uid: str) -> str | None:
    """Return whose a message is, None without it. Index: chat_room_line_by_uid."""
    found: str | None = db.execute(_AUTHOR, {"number": room, "one": uid}).scalar_one_or_none()
    return found


def number_since(db: Connection, room: int, floor: str) -> MessageId | None:
    """Return the number of the first message from a uid on. Index: chat_room_line_by_uid."""
    found = db.execute(_SINCE, {"number": room, "floor": floor}).scalar_one_or_none()
    return None if found is None else MessageId(found)


def named_lines(
    db: Connection, room: int, uids: Sequence[str], now: datetime
) -> Sequence[Archived]:
    """Return the messages of these uids, oldest first. Index: chat_room_line_by_uid."""
    key = {"number": room, "uids": list(uids), "now": now}
    found = [_archived(*row) for row in db.execute(_NAMED, key)]
    return sorted(found, key=lambda one: one.uid)


def forget_room(db: Connection, room: int, *, most: int) -> int:
    """Delete up to ``most`` messages; return how many. Index: chat_room_line_by_room."""
    return db.execute(_FORGET, {"number": room, "most": most}).rowcount


def forget_author(db: Connection, account_id: AccountId, *, most: int) -> int:
    """Delete up to ``most`` messages of an account that is gone: the name is in each.

    Index: chat_room_line_by_account.
    """
    return db.execute(_FORGET_AUTHOR, {"account": account_id, "most": most}).rowcount


def lines_of(
    db: Connection, account_id: AccountId, after: MessageId, *, most: int
) -> Sequence[OwnLine]:
    """Return what an account wrote, oldest first. Index: chat_room_line_by_account."""
    rows = db.execute(_OWN, {"account": account_id, "after": after, "most": most})
    return [OwnLine(MessageId(number), at, bytes(content)) for number, at, content in rows]


def _archived(uid: str, sent_at: datetime, content: bytes) -> Archived:
    return Archived(uid, sent_at, bytes(content))


def _row(new: NewLine) -> dict[str, object]:
    return {
        "room": new.room,
        "uid": new.uid,
        "account_id": new.account_id,
        "occupant": new.occupant,
        "origin": new.origin,
        "content": new.content,
        "sent_at": new.sent_at,
        "ends_at": new.ends_at,
    }
