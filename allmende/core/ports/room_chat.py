"""The port of the chat of a room. Implemented by chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from allmende.core.accounts import Caller
from allmende.core.ids import MessageId, RoomId


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message as the caller may see it. ``mine`` is whether the caller wrote it.

    ``notice`` is what the house says by itself, as message ids with values; then nobody is the
    author and there is no text.
    """

    id: MessageId
    author: str
    text: str
    sent_at: datetime
    mine: bool
    notice: Sequence[tuple[str, Mapping[str, object]]] = ()


class RoomChat(Protocol):
    """What others may ask of the chat of a room."""

    async def say(self, who: Caller, room_id: RoomId, text: str, key: str) -> ChatLine:
        """Store ``text``; the same ``key`` of the same caller stores it once."""
        ...

    async def recent(self, who: Caller, room_id: RoomId, *, limit: int) -> Sequence[ChatLine]:
        """Return the newest ``limit`` messages, oldest first."""
        ...

    async def retract(self, who: Caller, room_id: RoomId, message_id: MessageId) -> None:
        """Delete one's own message, or any as a facilitator."""
        ...
