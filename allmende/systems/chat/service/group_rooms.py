"""The rooms of groups as apps see them: the group says who is what, `ChatService` what is said."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import NotFound
from allmende.core.groups import Role
from allmende.core.ids import GroupId, MessageId, RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Room as Place
from allmende.identity import access
from allmende.identity.access import account_key
from allmende.identity.service.inside import eyes_of
from allmende.identity.store import groups, rooms
from allmende.storage.database import Database
from allmende.systems.chat.model.history import Archived, Asked, Ends, HistoryPage
from allmende.systems.chat.model.messages import Message
from allmende.systems.chat.model.rooms import (
    Affiliation,
    Config,
    Room,
    Standing,
    Subject,
    number_uid,
    uid_number,
)
from allmende.systems.chat.service.chat import ChatService
from allmende.systems.chat.service.history import ends_of, page_of
from allmende.systems.chat.store import group_lines
from allmende.systems.chat.store import messages as store
from allmende.systems.chat.store.personal import Span

_AFFILIATIONS: Final[Mapping[Role, Affiliation]] = {
    Role.ADMIN: Affiliation.OWNER,
    Role.FACILITATOR: Affiliation.ADMIN,
    Role.MEMBER: Affiliation.MEMBER,
    Role.GUEST: Affiliation.MEMBER,
}
_MS_DIGITS: Final = 12

Shown = Callable[[Message], bytes]
"""How a message is written for apps."""


class GroupSource:
    """The archive of a group's room as somebody reads it; a `service.history.Source`.

    ``since``: from when on they read, None: from the beginning.
    """

    def __init__(
        self, room_id: RoomId, shown: Shown, now: datetime, since: datetime | None
    ) -> None:
        self._room_id, self._shown = room_id, shown
        self._now, self._since = now, since

    def number(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of a message that is there."""
        found = self.named(db, [uid])
        return uid_number(found[0].uid) if found else None

    def number_since(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of the first message from the time that this uid begins with."""
        ms = int(uid.replace("-", "")[:_MS_DIGITS], 16)
        since = datetime.fromtimestamp(ms / 1000, UTC)
        return group_lines.number_since(db, self._room_id, since)

    def between(
        self, db: Connection, span: Span, *, most: int, backwards: bool
    ) -> Sequence[Archived]:
        """Return up to ``most``, the oldest first or the newest."""
        found = group_lines.messages_between(
            db,
            self._room_id,
            span,
            now=self._now,
            since=self._since,
            most=most,
            backwards=backwards,
        )
        return [self._archived(message) for message in found]

    def named(self, db: Connection, uids: Sequence[str]) -> Sequence[Archived]:
        """Return those of these uids, the oldest first."""
        numbers = [number for number in map(uid_number, uids) if number is not None]
        found = group_lines.named_messages(
            db, self._room_id, numbers, now=self._now, since=self._since
        )
        return [self._archived(message) for message in found]

    def _archived(self, message: Message) -> Archived:
        return Archived(number_uid(message.id), message.sent_at, self._shown(message))


class GroupRooms:
    """``domain``: of accounts; ``secret``: makes the ids of people in each room."""

    def __init__(
        self, database: Database, chat: ChatService, clock: Clock, *, domain: str, secret: bytes
    ) -> None:
        self._database = database
        self._chat = chat
        self._clock = clock
        self._domain = domain
        self._secret = secret

    async def find(self, name: str) -> Room | None:
        """Return the room of a group by its slug. One that stands alone has links, no members."""

        def question(db: Connection) -> Room | None:
            place = rooms.find_room_by_slug(db, name)
            return None if place is None else self._room(db, place)

        return await self._database.read(question)

    async def names(self, group_id: GroupId) -> Sequence[str]:
        """Return the names of a group's rooms."""
        found = await self._database.read(lambda db: rooms.rooms_of(db, group_id))
        return [place.slug for place in found]

    async def lets_in(self, who: Caller, room_id: RoomId) -> bool:
        """Return whether somebody is behind the door of a room, or there is none."""
        return await self._chat.may_see(who, room_id)

    async def say(self, who: Caller, room_id: RoomId, text: str, key: str, content: bytes) -> None:
        """Store a message; its fact brings it to everybody, apps included. Raises as
        `ChatService.say`.
        """
        await self._chat.say_by_app(who, room_id, text, key, content)

    async def retract(self, who: Caller, room_id: RoomId, uid: str) -> None:
        """Take a message back, as its author or as a facilitator. Raises as
        `ChatService.retract`.
        """
        number = uid_number(uid)
        if number is None:
            raise NotFound("chat.not-found")
        await self._chat.retract(who, room_id, number)

    async def message(self, room_id: RoomId, message_id: MessageId) -> Message:
        """Return a message for those who are in the room. Raises NotFound ``chat.not-found``."""
        return await self._database.read(lambda db: store.message(db, room_id, message_id))

    async def page(self, who: Caller, room_id: RoomId, asked: Asked, shown: Shown) -> HistoryPage:
        """Return a page of what somebody may read.

        Raises as `service.history.page_of`, and NotFound, NotAllowed for others.
        """

        def question(db: Connection) -> HistoryPage:
            return page_of(db, self._source(db, who, room_id, shown), asked)

        return await self._database.read(question)

    async def ends(self, who: Caller, room_id: RoomId, shown: Shown) -> Ends | None:
        """Return where that begins and ends."""
        return await self._database.read(
            lambda db: ends_of(db, self._source(db, who, room_id, shown))
        )

    def _source(self, db: Connection, who: Caller, room_id: RoomId, shown: Shown) -> GroupSource:
        room = access.require(db, who, Permission.CHAT_READ, room_id)
        eyes = eyes_of(db, who, room)
        return GroupSource(room_id, shown, self._clock.now(), eyes.reads_from)

    def _room(self, db: Connection, place: Place) -> Room | None:
        if place.group_id is None:
            return None
        config = Config(
            title=place.name,
            listed=False,
            persistent=True,
            members_only=True,
            anonymous=False,
            members_invite=False,
        )
        standings = {}
        for member in groups.members(db, place.group_id):
            affiliation = _AFFILIATIONS[member.role]
            if rooms.is_banned(db, place.id, account_key(member.account_id)):
                affiliation = Affiliation.OUTCAST
            standings[f"{member.name}@{self._domain}"] = Standing(affiliation)
        secret = hmac.digest(self._secret, str(place.id).encode(), hashlib.sha256)
        subject = Subject(place.name)
        return Room(0, place.slug, config, secret, subject, standings, of_group=place.id)
