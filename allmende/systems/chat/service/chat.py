"""What may be done in the chat of a room. Every way in goes through here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.groups import Role
from allmende.core.ids import MAX_ID, AccountId, FactId, GroupId, GuestId, MessageId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.room_chat import ChatLine
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.model.announcing import Change, read_change, sentences_of
from allmende.identity.model.groups import MAX_MESSAGES_H
from allmende.identity.model.labels import Sentence, room_label
from allmende.identity.service.inside import FOREIGN, Eyes, announced, eyes_of, kept_hours
from allmende.identity.service.lobby import Doors
from allmende.identity.service.memory import Memory
from allmende.identity.store import rooms
from allmende.storage.database import Database
from allmende.storage.deletions import note_deletion
from allmende.storage.outbox import newest_fact, record
from allmende.systems.chat.events import MessageRetracted, MessageSent
from allmende.systems.chat.model.messages import (
    MEMBERSHIP,
    PAGE,
    Message,
    NewMessage,
    clean_key,
    clean_text,
)
from allmende.systems.chat.store import messages as store

_BATCH: Final = 500
_REMEMBERED: Final = 256
_EYES_S: Final = 4.0
_MANY_EYES: Final = 10_000


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


@dataclass(frozen=True, slots=True)
class _Page:
    before: MessageId | None
    limit: int
    now: datetime


class ChatService:
    """The chat of every room; implements the port RoomChat.

    Who waits at the door of a room neither reads nor writes: NotAllowed ``chat.not-let-in``.
    """

    def __init__(
        self,
        database: Database,
        doors: Doors,
        clock: Clock,
        *,
        retention_d: int,
        max_retention_d: int = MAX_MESSAGES_H // 24,
    ) -> None:
        self._database = database
        self._doors = doors
        self._clock = clock
        self._usual_h = retention_d * 24
        self._longest_h = max_retention_d * 24
        self._shown: dict[MessageId, Message] = {}
        self._eyes = Memory[tuple[AccountId, RoomId], tuple[AccountId, Eyes]](_EYES_S, _MANY_EYES)

    async def say(self, who: Caller, room_id: RoomId, text: str, key: str) -> ChatLine:
        """Store ``text``; the same ``key`` of the same caller stores it once.

        Raises InvalidInput ``chat.empty``, ``chat.too-long``, NotFound, NotAllowed.
        """
        return await self.say_by_app(who, room_id, text, key, None)

    async def say_by_app(
        self, who: Caller, room_id: RoomId, text: str, key: str, content: bytes | None
    ) -> ChatLine:
        """Do that with a message of an app; ``content``: all of it, as the app sent it."""
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
                ends_at=now + self._kept_for(db, room),
                content=content,
            )
            for earlier in store.messages_by_key(db, room_id, key):
                if _is_by(earlier, who):
                    return earlier
            message = store.add_message(db, new)
            record(db, MessageSent(at=now, message_id=message.id, room_id=room_id))
            return message

        return _line(await self._database.write(change), who, FOREIGN)

    async def recent(self, who: Caller, room_id: RoomId, *, limit: int) -> Sequence[ChatLine]:
        """Return the newest ``limit`` messages, oldest first."""
        return (await self.history(who, room_id, limit=limit)).lines

    async def history(
        self, who: Caller, room_id: RoomId, *, before: MessageId | None = None, limit: int = PAGE
    ) -> History:
        """Return up to ``limit`` messages older than ``before``, or the newest."""

        now = self._clock.now()

        def question(db: Connection) -> History:
            room = self._inside(db, who, Permission.CHAT_READ, room_id)
            return _history(db, who, room, _Page(before, limit, now))

        return await self._database.read(question)

    async def page(self, who: Caller, slug: str) -> ChatPage:
        """Return what the page ``/r/SLUG/chat`` shows."""
        now = self._clock.now()

        def question(db: Connection) -> ChatPage:
            room = access.room_by_slug(db, slug)
            self._inside(db, who, Permission.CHAT_READ, room.id)
            label = room_label(room, kept_hours(db, room, self._usual_h, self._longest_h))
            history = _history(db, who, room, _Page(None, PAGE, now))
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

        It is read once, however many pages show it, and whether somebody came after it was
        written every few seconds. Raises NotFound ``chat.not-found``.
        """
        eyes = await self._eyes_of(who, room_id)
        message = self._shown.get(message_id)
        if message is None:
            message = await self._database.read(lambda db: store.message(db, room_id, message_id))
            while len(self._shown) >= _REMEMBERED:
                self._shown.pop(next(iter(self._shown)))
            self._shown[message_id] = message
        if eyes.reads_from is not None and message.sent_at < eyes.reads_from:
            raise NotFound("chat.not-found")
        return _line(message, who, eyes)

    async def _eyes_of(self, who: Caller, room_id: RoomId) -> Eyes:
        if who.account_id is None:
            return FOREIGN
        key, now_s = (who.account_id, room_id), self._clock.monotonic_s()
        kept = self._eyes.recall(key, now_s)
        if kept is not None:
            return kept[1]
        eyes = await self._database.read(lambda db: eyes_of(db, who, rooms.find_room(db, room_id)))
        self._eyes.remember(key, (who.account_id, eyes), now_s)
        return eyes

    def forget_eyes(self, account_id: AccountId) -> None:
        """Somebody joined or left: ask again what they read."""
        self._eyes.forget(lambda kept: kept[0] == account_id)

    def forget_line(self, message_id: MessageId) -> None:
        """A message was deleted: do not show it from memory."""
        self._shown.pop(message_id, None)

    def forget_lines(self) -> None:
        """Names were taken off messages: show none of them from memory."""
        self._shown.clear()

    async def retract(self, who: Caller, room_id: RoomId, message_id: MessageId) -> None:
        """Delete one's own message, or any as a facilitator.

        What the house says stays. Raises NotFound ``chat.not-found``, NotAllowed
        ``chat.not-yours``.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            room = self._inside(db, who, Permission.CHAT_READ, room_id)
            message = store.message(db, room_id, message_id)
            eyes = eyes_of(db, who, room)
            if eyes.reads_from is not None and message.sent_at < eyes.reads_from:
                raise NotFound("chat.not-found")
            if message.kind:
                raise NotAllowed("chat.stays")
            mine = _is_by(message, who)
            if not mine and not access.may(db, who, Permission.CHAT_MODERATE, room_id):
                raise NotAllowed("chat.not-yours")
            store.delete_message(db, room_id, message_id)
            note_deletion(db, "chat.message", str(message_id), now)
            record(db, MessageRetracted(at=now, message_id=message_id, room_id=room_id))

        await self._database.write(change)

    def _inside(self, db: Connection, who: Caller, permission: Permission, room_id: RoomId) -> Room:
        place = access.require_place(db, who, permission, room_id)
        is_open = self._doors.is_open_to(
            place.room,
            access.key_of(who, place.room, place.role),
            facilitator=Permission.ROOM_FACILITATE in place.rights,
            member=place.role is not None and place.role is not Role.GUEST,
        )
        if not is_open:
            raise NotAllowed("chat.not-let-in")
        return place.room

    def _kept_for(self, db: Connection, room: Room) -> timedelta:
        return timedelta(hours=kept_hours(db, room, self._usual_h, self._longest_h))

    async def announce(
        self,
        fact_id: FactId,
        at: datetime,
        group_id: GroupId,
        whose: AccountId | None,
        what: Change,
    ) -> None:
        """Write a change of membership into the main room of a closed group, once for a fact."""
        key = f"fact {fact_id}"

        def change(db: Connection) -> None:
            where = announced(db, group_id, whose)
            if where is None:
                return
            room_id = where.room.id
            if any(one.kind for one in store.messages_by_key(db, room_id, key)):
                return
            new = NewMessage(
                room_id=room_id,
                account_id=where.account_id,
                guest_id=None,
                author=where.name,
                text=what.coded(),
                key=key,
                sent_at=at,
                ends_at=at + self._kept_for(db, where.room),
                kind=MEMBERSHIP,
            )
            message = store.add_message(db, new)
            record(db, MessageSent(at=at, message_id=message.id, room_id=room_id))

        await self._database.write(change)

    async def group_changed(self, group_id: GroupId) -> None:
        """Let messages end sooner where a group keeps them shorter now, in pieces."""

        def change(db: Connection) -> int:
            left = _BATCH
            for room in rooms.rooms_of(db, group_id):
                left -= store.shorten(db, room.id, self._kept_for(db, room), most=left)
                if left <= 0:
                    break
            return _BATCH - left

        while await self._database.write(change) >= _BATCH:
            continue

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
        self.forget_lines()


def _history(db: Connection, who: Caller, room: Room, page: _Page) -> History:
    older_than = MessageId(MAX_ID) if page.before is None else page.before
    eyes = eyes_of(db, who, room)
    found = store.messages_before(
        db, room.id, older_than, most=page.limit + 1, now=page.now, since=eyes.reads_from
    )
    lines = tuple(_line(message, who, eyes) for message in reversed(found[: page.limit]))
    return History(newest_fact(db), lines, more=len(found) > page.limit)


def _author(db: Connection, who: Caller, room: Room) -> tuple[AccountId | None, GuestId | None]:
    """Return as what ``who`` writes: a member of the room's group, else its guest."""
    if access.role_in_room(db, who, room) is not None:
        return who.account_id, None
    guest = who.guest_of(room.id)
    return None, None if guest is None else guest.id


def _is_by(message: Message, who: Caller) -> bool:
    if message.kind:
        return False
    if message.account_id is not None:
        return message.account_id == who.account_id
    guest = who.guest_of(message.room_id)
    return guest is not None and message.guest_id == guest.id


def _line(message: Message, who: Caller, eyes: Eyes) -> ChatLine:
    if message.kind:
        name = message.author if eyes.member else ""
        notice = sentences_of(read_change(message.text), name)
        return ChatLine(message.id, "", "", message.sent_at, False, notice)
    mine = _is_by(message, who)
    return ChatLine(message.id, message.author, message.text, message.sent_at, mine)
