"""What was said in rooms of groups, as pages of an archive: the rows of chat_message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from allmende.core.ids import MessageId, RoomId
from allmende.storage.types import EPOCH
from allmende.systems.chat.model.messages import Message
from allmende.systems.chat.store.messages import SHOWN, message_of, messages
from allmende.systems.chat.store.personal import Span

_BETWEEN: Final = (
    select(*SHOWN)
    .where(
        messages.c.room_id == bindparam("room"),
        messages.c.id > bindparam("after"),
        messages.c.id < bindparam("before"),
        messages.c.sent_at >= bindparam("since"),
        messages.c.ends_at > bindparam("now"),
        messages.c.kind == "",
    )
    .limit(bindparam("most"))
)
_ON: Final = _BETWEEN.order_by(messages.c.id)
_BACK: Final = _BETWEEN.order_by(messages.c.id.desc())
_SINCE: Final = (
    select(messages.c.id)
    .where(messages.c.room_id == bindparam("room"), messages.c.sent_at >= bindparam("since"))
    .order_by(messages.c.sent_at, messages.c.id)
    .limit(1)
)
_NAMED: Final = (
    select(*SHOWN)
    .where(
        messages.c.room_id == bindparam("room"),
        messages.c.id.in_(bindparam("numbers", expanding=True)),
        messages.c.sent_at >= bindparam("since"),
        messages.c.ends_at > bindparam("now"),
        messages.c.kind == "",
    )
    .order_by(messages.c.id)
)


def messages_between(
    db: Connection,
    room_id: RoomId,
    span: Span,
    *,
    now: datetime,
    since: datetime | None,
    most: int,
    backwards: bool,
) -> Sequence[Message]:
    """Return up to ``most`` of people's messages since an instant, the oldest first or the newest.

    Index: chat_message_by_room.
    """
    key = {
        "room": room_id,
        "after": span.after,
        "before": span.before,
        "since": since or EPOCH,
        "now": now,
        "most": most,
    }
    return [message_of(row) for row in db.execute(_BACK if backwards else _ON, key)]


def number_since(db: Connection, room_id: RoomId, since: datetime) -> MessageId | None:
    """Return the number of the first message from an instant on. Index: chat_message_by_time."""
    found = db.execute(_SINCE, {"room": room_id, "since": since}).scalar_one_or_none()
    return None if found is None else MessageId(found)


def named_messages(
    db: Connection,
    room_id: RoomId,
    numbers: Sequence[MessageId],
    *,
    now: datetime,
    since: datetime | None,
) -> Sequence[Message]:
    """Return the messages of these numbers, oldest first. Index: primary key."""
    key = {"room": room_id, "numbers": list(numbers), "now": now, "since": since or EPOCH}
    return [message_of(row) for row in db.execute(_NAMED, key)]
