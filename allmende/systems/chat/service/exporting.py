"""What chat hands out of a person or a group, and how messages come in from elsewhere."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.core.exports import (
    LINES_AT_ONCE,
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    json_lines,
)
from allmende.core.ids import AccountId, GroupId, MessageId, RoomId
from allmende.identity.model.names import clean_display_name
from allmende.identity.service.inside import kept_hours
from allmende.identity.service.needs import account_of
from allmende.identity.store import rooms
from allmende.storage.bundle import decoded_lines
from allmende.storage.database import Database
from allmende.systems.chat.model.messages import Message, NewMessage, clean_text
from allmende.systems.chat.service.contacts import contact_files
from allmende.systems.chat.store import contacts
from allmende.systems.chat.store import messages as store

_FOLDER: Final = "chat/"
_START: Final = MessageId(0)


class StoredMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message in an archive. ``author`` is empty for somebody who has left the house."""

    author: str
    sent_at: datetime
    text: str


class ChatExports:
    """The exporter of chat. What the house itself said about joining and leaving stays here.

    ``usual_h``, ``longest_h``: how long messages are kept here, whatever the archive had.
    """

    covers = frozenset({store.messages.name, contacts.contacts.name, contacts.blocks.name})
    left_out: Mapping[str, str] = {}

    def __init__(self, database: Database, *, usual_h: int, longest_h: int) -> None:
        self._database = database
        self._usual_h = usual_h
        self._longest_h = longest_h

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield what the account wrote, as lines of JSON and as a text."""
        account_id, after, part = account_of(who), _START, 0
        while some := await self._database.read(partial(_own, account_id, after)):
            part, after = part + 1, some[-1][1].id
            said = [{**_said(message), "room": name} for name, message in some]
            yield ExportedFile(f"chat/messages-{part:04}.jsonl", json_lines(said))
            yield ExportedFile(f"chat/messages-{part:04}.md", _text(some))
        for file in await self._database.read(lambda db: contact_files(db, account_id)):
            yield file

    async def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield the messages of each room, the oldest first."""
        found = await self._database.read(lambda db: rooms.rooms_of(db, group_id))
        for room in found:
            after, part = _START, 0
            folder = f"{_FOLDER}room-{numbers.give('room', room.id)}"
            while some := await self._database.read(partial(_of_room, room.id, after)):
                part, after = part + 1, some[-1].id
                said = [_said(message) for message in some]
                yield ExportedFile(f"{folder}/{part:04}.jsonl", json_lines(said))
                shown = _text([(room.name, message) for message in some])
                yield ExportedFile(f"{folder}/{part:04}.md", shown, canonical=False)

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Add the messages of an archive that are not past their time here."""
        for path in files.paths(_FOLDER):
            if not path.endswith(".jsonl"):
                continue
            number = path.removeprefix(f"{_FOLDER}room-").partition("/")[0]
            room = taken.numbers.thing("room", int(number)) if number.isdecimal() else None
            if room is None:
                raise InvalidInput("storage.archive-refused", reason="messages of no room")
            said = decoded_lines(files.read(path), StoredMessage)
            for at in range(0, len(said), store.PIECE):
                some = said[at : at + store.PIECE]
                await self._database.write(partial(self._add, RoomId(room), some, taken))

    def _add(
        self, room_id: RoomId, some: Sequence[StoredMessage], taken: TakenGroup, db: Connection
    ) -> None:
        room = rooms.find_room(db, room_id)
        if room is None:
            return
        kept_for = timedelta(hours=kept_hours(db, room, self._usual_h, self._longest_h))
        for said in some:
            ends_at = min(said.sent_at, taken.now) + kept_for
            if ends_at > taken.now:
                store.add_message(db, _new(room_id, said, ends_at, taken))


def _new(room_id: RoomId, said: StoredMessage, ends_at: datetime, taken: TakenGroup) -> NewMessage:
    return NewMessage(
        room_id=room_id,
        account_id=taken.accounts.get(said.author),
        guest_id=None,
        author=clean_display_name(said.author) if said.author else "",
        text=clean_text(said.text),
        key="",
        sent_at=said.sent_at,
        ends_at=ends_at,
    )


def _own(account_id: AccountId, after: MessageId, db: Connection) -> Sequence[tuple[str, Message]]:
    names: dict[RoomId, str] = {}
    found = store.messages_of(db, account_id, after, most=LINES_AT_ONCE)
    for message in found:
        if message.room_id not in names:
            room = rooms.find_room(db, message.room_id)
            names[message.room_id] = "" if room is None else room.name
    return [(names[message.room_id], message) for message in found]


def _of_room(room_id: RoomId, after: MessageId, db: Connection) -> Sequence[Message]:
    return store.messages_after(db, room_id, after, most=LINES_AT_ONCE)


def _said(message: Message) -> dict[str, object]:
    stored = StoredMessage(message.author, message.sent_at, message.text)
    found: dict[str, object] = msgspec.to_builtins(stored)
    return found


def _text(messages: Sequence[tuple[str, Message]]) -> bytes:
    """Return a page to read: a heading for each room, a paragraph for each message."""
    lines, where = [], None
    for name, message in messages:
        if name != where:
            lines.append(f"# {name}\n")
            where = name
        quoted = message.text.replace("\n", "\n> ")
        lines.append(f"{message.author}, {message.sent_at:%Y-%m-%d %H:%M} UTC\n\n> {quoted}\n")
    return "\n".join(lines).encode()
