"""Rooms that people make with their apps: made, changed, read back, destroyed.

Only the wire calls this. Who may do what is decided in `model.rooms`, by those who are there.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.clock import Clock
from allmende.core.errors import Conflict, NotFound, QuotaExceeded
from allmende.core.ids import AccountId, MessageId
from allmende.identity.store import rooms as group_rooms
from allmende.storage.database import Database
from allmende.systems.chat.model.history import Archived, Asked, Ends, HistoryPage
from allmende.systems.chat.model.rooms import (
    ROOMS_A_DAY,
    SAME_FOR,
    Affiliation,
    Config,
    NewLine,
    Room,
    Standing,
    Subject,
)
from allmende.systems.chat.service.circles import account_at
from allmende.systems.chat.service.history import ends_of, page_of
from allmende.systems.chat.store import room_lines
from allmende.systems.chat.store import rooms as store
from allmende.systems.chat.store.personal import Span

_BATCH: Final = 500
_DAY: Final = timedelta(days=1)
_SECRET_BYTES: Final = 32
MAX_LISTED: Final = 100


class LineShelf:
    """Is a `service.archive.Shelf` of `NewLine`; what comes back is the uid of a message that is
    kept, that of the earlier one if it came again.
    """

    def add(self, db: Connection, items: Sequence[NewLine]) -> Sequence[str]:
        """Keep what is new."""
        origins = {item.origin for item in items if item.origin is not None}
        known: dict[bytes, str] = {}
        if origins:
            since = min(item.sent_at for item in items) - SAME_FOR
            known = dict(room_lines.known_origins(db, origins, since))
        new: list[NewLine] = []
        kept: list[str] = []
        for item in items:
            uid = item.uid if item.origin is None else known.setdefault(item.origin, item.uid)
            kept.append(uid)
            if uid == item.uid:
                new.append(item)
        room_lines.add_lines(db, new)
        return kept


class RoomSource:
    """The archive of one room; a `service.history.Source`."""

    def __init__(self, room: int, clock: Clock) -> None:
        self._room, self._now = room, clock.now()

    def number(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of a message that is there."""
        return room_lines.find_number(db, self._room, uid, self._now)

    def number_since(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of the first message from this uid on."""
        return room_lines.number_since(db, self._room, uid)

    def between(
        self, db: Connection, span: Span, *, most: int, backwards: bool
    ) -> Sequence[Archived]:
        """Return up to ``most``, the oldest first or the newest."""
        return room_lines.lines_between(
            db, self._room, span, now=self._now, most=most, backwards=backwards
        )

    def named(self, db: Connection, uids: Sequence[str]) -> Sequence[Archived]:
        """Return those of these uids, the oldest first."""
        return room_lines.named_lines(db, self._room, uids, self._now)


class RoomService:
    """What is kept of such rooms."""

    def __init__(self, database: Database, clock: Clock, *, rooms_a_day: int = ROOMS_A_DAY) -> None:
        self._database = database
        self._clock = clock
        self._rooms_a_day = rooms_a_day

    async def find(self, name: str) -> Room | None:
        """Return the room of this name."""
        return await self._database.read(lambda db: store.find_room(db, name))

    async def listed(self) -> Sequence[Room]:
        """Return rooms that everybody may find, by name, without those in them."""
        found = await self._database.read(lambda db: store.rooms_after(db, "", most=MAX_LISTED))
        return [room for room in found if room.config.listed]

    async def make(self, name: str, owner: str, account_id: AccountId | None) -> Room:
        """Make a room of ``owner``, who goes on to configure it.

        Raises Conflict ``chat.room-there``, QuotaExceeded ``chat.too-many-rooms``.
        """
        standings = {owner: Standing(Affiliation.OWNER)}
        new = Room(0, name, Config(), secrets.token_bytes(_SECRET_BYTES), standings=standings)
        now = self._clock.now()

        def change(db: Connection) -> int:
            if store.find_room(db, name) or group_rooms.find_room_by_slug(db, name):
                raise Conflict("chat.room-there")
            if account_id is not None:
                made = store.count_made(db, account_id, now - _DAY)
                if made >= self._rooms_a_day:
                    raise QuotaExceeded("chat.too-many-rooms", limit=self._rooms_a_day)
            return store.add_room(db, new, account_id, now)

        number = await self._database.write(change)
        return Room(number, name, new.config, new.secret, standings=standings)

    async def configure(self, room: Room, config: Config) -> None:
        """Let a room be so from now on."""
        await self._database.write(lambda db: store.set_config(db, room.number, config))

    async def talk_about(self, room: Room, subject: Subject) -> None:
        """Let a room have this subject."""
        await self._database.write(lambda db: store.set_subject(db, room.number, subject))

    async def appoint(self, room: Room, changed: Mapping[str, Standing]) -> None:
        """Let people be this in a room, by address."""
        await self._database.write(lambda db: store.set_standings(db, room.number, changed))

    async def destroy(self, room: Room) -> None:
        """Delete a room and what was said in it, the messages in pieces."""
        await self._database.write(lambda db: store.delete_room(db, room.number))
        forget = partial(room_lines.forget_room, room=room.number, most=_BATCH)
        while await self._database.write(lambda db: forget(db)):
            continue

    async def sweep(self) -> None:
        """Delete temporary rooms that the last run of the house left behind: nobody is there."""
        name = ""
        while found := await self._database.read(
            partial(store.rooms_after, name=name, most=_BATCH)
        ):
            for room in found:
                if not room.config.persistent:
                    await self.destroy(room)
            name = found[-1].name

    # --- what was said ------------------------------------------------------------------

    async def page(self, room: Room, asked: Asked) -> HistoryPage:
        """Return a page of a room's archive. Raises as `service.history.page_of`."""
        source = RoomSource(room.number, self._clock)
        return await self._database.read(lambda db: page_of(db, source, asked))

    async def ends(self, room: Room) -> Ends | None:
        """Return where a room's archive begins and ends."""
        source = RoomSource(room.number, self._clock)
        return await self._database.read(lambda db: ends_of(db, source))

    async def author(self, room: Room, uid: str) -> str:
        """Return the occupant id of a message's author. Raises NotFound ``chat.not-found``."""
        found = await self._database.read(lambda db: room_lines.find_author(db, room.number, uid))
        if found is None:
            raise NotFound("chat.not-found")
        return found

    async def account_gone(self, account_id: AccountId, domain: str) -> None:
        """Forget an account: what it was in rooms, and what it said there.

        By now nobody knows how it was called: forgotten is every address of ``domain`` that no
        account has.
        """

        def change(db: Connection) -> None:
            named = store.addresses_at(db, domain)
            strays = [each for each in named if account_at(db, each, domain) is None]
            store.forget_account(db, account_id, strays)

        await self._database.write(change)
        forget = partial(room_lines.forget_author, account_id=account_id, most=_BATCH)
        while await self._database.write(lambda db: forget(db)):
            continue
