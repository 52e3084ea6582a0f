"""What may be done in the chat of a room. Every way in goes through here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.groups import Role
from allmende.core.ids import MAX_ID, AccountId, FactId, GuestId, MessageId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.room_chat import ChatLine
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.model.labels import Sentence, room_label
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.storage.outbox import newest_fact, record
from allmende.systems.chat import store
from allmende.systems.chat.events import MessageRetracted, MessageSent
from allmende.systems.chat.model import PAGE, Message, NewMessage, clean_key, clean_text

_BATCH: Final = 500
_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True)
class History:
    """A page of messages, oldest first. ``as_of``: the newest fact that is in it."""

    as_of: FactId
    lines: Sequence[ChatLine]
    more: bool


@dataclass(frozen=True, slots=True)
class ChatPage:
    """What the page of a room's chat shows. ``writes``, ``moderates``: what the caller may do."""

    room: Room
    label: Sequence[Sentence]
    history: History
    writes: bool
    moderates: bool


class ChatService:
    """The chat of every room; implements the port RoomChat.

    Who waits at the door of a room neither reads nor writes: NotAllowed ``chat.not-let-in``.
    """

    def __init__(self, database: Database, doors: Doors, clock: Clock, *, retention_d: int) -> None:
        self._database = database
        self._doors = doors
        self._clock = clock
        self._kept_for = timedelta(days=retention_d)
        self._shown: dict[MessageId, Message] = {}

    async def say(self, who: Caller, room_id: RoomId, text: str, key: str) -> ChatLine:
        """Store ``text``; the same ``key`` of the same caller stores it once.

        Raises InvalidInput ``chat.empty``, ``chat.too-long``, NotFound, NotAllowed.
        """
        body, key, now = clean_text(text), clean_key(key), self._clock.now()

        def change(db: Connection) -> Message:
            room = self._inside(db, who, Permission.CHAT_WRITE, room_id)
            account_id, guest_id = _author(db, who, room)
            new = NewMessage(
                room_id=room_id,
                account_id=account_id,
                guest_id=guest_id,
                author=access.display_name(db, who, room_id),
                text=body,
                key=key,
                sent_at=now,
                ends_at=now + self._kept_for,
            )
            for earlier in store.messages_by_key(db, room_id, key):
                if _is_by(earlier, who):
                    return earlier
            message = store.add_message(db, new)
            record(db, MessageSent(at=now, message_id=message.id, room_id=room_id))
            return message

        return _line(await self._database.write(change), who)

    async def recent(self, who: Caller, room_id: RoomId, *, limit: int) -> Sequence[ChatLine]:
        """Return the newest ``limit`` messages, oldest first."""
        return (await self.history(who, room_id, limit=limit)).lines

    async def history(
        self, who: Caller, room_id: RoomId, *, before: MessageId | None = None, limit: int = PAGE
    ) -> History:
        """Return up to ``limit`` messages older than ``before``, or the newest."""

        def question(db: Connection) -> History:
            self._inside(db, who, Permission.CHAT_READ, room_id)
            return _history(db, who, room_id, before, limit)

        return await self._database.read(question)

    async def page(self, who: Caller, slug: str) -> ChatPage:
        """Return what the page ``/r/SLUG/chat`` shows."""

        def question(db: Connection) -> ChatPage:
            room = access.room_by_slug(db, slug)
            self._inside(db, who, Permission.CHAT_READ, room.id)
            label = room_label(room, self._kept_for.days)
            history = _history(db, who, room.id, None, PAGE)
            writes = access.may(db, who, Permission.CHAT_WRITE, room.id)
            moderates = access.may(db, who, Permission.CHAT_MODERATE, room.id)
            return ChatPage(room, label, history, writes, moderates)

        return await self._database.read(question)

    async def may_see(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether a live page whose right to read was asked already is behind the door."""
        guest = who.guest_of(room_id)
        keys = [] if guest is None else [access.guest_key(guest)]
        if who.account_id is not None:
            keys.append(access.account_key(who.account_id))
        if any(self._doors.is_inside(room_id, key) for key in keys):
            return True
        try:
            await self._database.read(
                lambda db: self._inside(db, who, Permission.CHAT_READ, room_id)
            )
        except (NotAllowed, NotFound):
            return False
        return True

    async def line(self, who: Caller, room_id: RoomId, message_id: MessageId) -> ChatLine:
        """Return one message for a live page that may see it.

        It is read once, however many pages show it. Raises NotFound ``chat.not-found``.
        """
        message = self._shown.get(message_id)
        if message is None:
            message = await self._database.read(lambda db: store.message(db, room_id, message_id))
            while len(self._shown) >= _REMEMBERED:
                self._shown.pop(next(iter(self._shown)))
            self._shown[message_id] = message
        return _line(message, who)

    def forget_line(self, message_id: MessageId) -> None:
        """A message was deleted: do not show it from memory."""
        self._shown.pop(message_id, None)

    async def retract(self, who: Caller, room_id: RoomId, message_id: MessageId) -> None:
        """Delete one's own message, or any as a facilitator.

        Raises NotFound ``chat.not-found``, NotAllowed ``chat.not-yours``.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            self._inside(db, who, Permission.CHAT_READ, room_id)
            message = store.message(db, room_id, message_id)
            mine = _is_by(message, who)
            if not mine and not access.may(db, who, Permission.CHAT_MODERATE, room_id):
                raise NotAllowed("chat.not-yours")
            store.delete_message(db, room_id, message_id)
            record(db, MessageRetracted(at=now, message_id=message_id, room_id=room_id))

        await self._database.write(change)

    def _inside(self, db: Connection, who: Caller, permission: Permission, room_id: RoomId) -> Room:
        room = access.require(db, who, permission, room_id)
        role = access.role_in_room(db, who, room)
        is_open = self._doors.is_open_to(
            room,
            access.key_of(who, room, role),
            facilitator=Permission.ROOM_FACILITATE in access.rights(db, who, room),
            member=role is not None and role is not Role.GUEST,
        )
        if not is_open:
            raise NotAllowed("chat.not-let-in")
        return room

    async def room_gone(self, room_id: RoomId) -> None:
        """Delete what was written in a room that is gone, in pieces."""
        while await self._database.write(lambda db: store.forget_room(db, room_id, most=_BATCH)):
            continue

    async def account_gone(self, account_id: AccountId) -> None:
        """Take the name off what an account wrote that is gone, in pieces."""
        while await self._database.write(
            lambda db: store.forget_author(db, account_id, most=_BATCH)
        ):
            continue
        self._shown.clear()


def _history(
    db: Connection, who: Caller, room_id: RoomId, before: MessageId | None, limit: int
) -> History:
    older_than = MessageId(MAX_ID) if before is None else before
    found = store.messages_before(db, room_id, older_than, most=limit + 1)
    lines = tuple(_line(message, who) for message in reversed(found[:limit]))
    return History(newest_fact(db), lines, more=len(found) > limit)


def _author(db: Connection, who: Caller, room: Room) -> tuple[AccountId | None, GuestId | None]:
    """Return as what ``who`` writes: a member of the room's group, else its guest."""
    if access.role_in_room(db, who, room) is not None:
        return who.account_id, None
    guest = who.guest_of(room.id)
    return None, None if guest is None else guest.id


def _is_by(message: Message, who: Caller) -> bool:
    if message.account_id is not None:
        return message.account_id == who.account_id
    guest = who.guest_of(message.room_id)
    return guest is not None and message.guest_id == guest.id


def _line(message: Message, who: Caller) -> ChatLine:
    mine = _is_by(message, who)
    return ChatLine(message.id, message.author, message.text, message.sent_at, mine)
