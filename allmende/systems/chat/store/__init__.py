"""What is kept of the chat: one file a noun."""

from typing import Final

from allmende.storage.retention import Kept
from allmende.systems.chat.store import (
    choices,
    contacts,
    items,
    messages,
    offline,
    papers,
    personal,
    room_lines,
    rooms,
    uploads,
)

KEPT: Final[list[Kept]] = [
    *choices.KEPT,
    *contacts.KEPT,
    *items.KEPT,
    *messages.KEPT,
    *offline.KEPT,
    *papers.KEPT,
    *personal.KEPT,
    *uploads.KEPT,
    *room_lines.KEPT,
    *rooms.KEPT,
]
