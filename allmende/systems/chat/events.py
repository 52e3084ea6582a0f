"""What happened in the chat of a room."""

from dataclasses import dataclass

from allmende.core.events import Fact
from allmende.core.ids import MessageId, RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Fact):
    """A message was stored and may be shown. Its text is read from the store."""

    message_id: MessageId
    room_id: RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRetracted(Fact):
    """A message was deleted and must not be shown any more."""

    message_id: MessageId
    room_id: RoomId


FACTS = (MessageSent, MessageRetracted)
