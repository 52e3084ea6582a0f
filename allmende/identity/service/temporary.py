"""Rooms of a group for an hour: made by any member, gone when they are empty."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import QuotaExceeded
from allmende.core.ids import GroupId, RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Lobby, Room
from allmende.identity import access
from allmende.identity.events import RoomGone, RoomMade
from allmende.identity.model import invites as limits
from allmende.identity.model.names import clean_title
from allmende.identity.model.tokens import new_slug
from allmende.identity.service.needs import Needs
from allmende.identity.store import rooms, temporary
from allmende.storage.outbox import record

LONGEST: Final = timedelta(hours=24)
"""It ends by then, if nobody ends it before."""

_UNSAVED: Final = RoomId(0)


class TemporaryRooms(Needs):
    """Who made one leaves it like everybody else; whoever counts people ends it."""

    async def make_temporary_room(self, who: Caller, group_id: GroupId, name: str) -> Room:
        """Add a room that ends by itself.

        Raises NotFound, NotAllowed, InvalidInput ``name``, QuotaExceeded.
        """
        title, now = clean_title(name), self._clock.now()
        new = Room(_UNSAVED, group_id, new_slug(), title, Lobby.GUESTS, False, now + LONGEST)

        def change(db: Connection) -> Room:
            access.require_in_group(db, who, Permission.ROOM_MAKE_TEMPORARY, group_id)
            if len(rooms.rooms_of(db, group_id)) >= limits.MAX_ROOMS_PER_GROUP:
                raise QuotaExceeded("identity.too-many-rooms", max=limits.MAX_ROOMS_PER_GROUP)
            room = rooms.add_room(db, new)
            record(db, RoomMade(at=now, room_id=room.id, group_id=group_id))
            return room

        return await self._database.write(change)

    async def end_temporary_room(self, room_id: RoomId) -> None:
        """Delete a room that is empty now. Another room, or none: nothing."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            room = rooms.find_room(db, room_id)
            if room is None or room.group_id is None or room.ends_at is None:
                return
            rooms.delete_room(db, room_id)
            record(db, RoomGone(at=now, room_id=room_id))

        await self._database.write(change)

    async def temporary_rooms(self) -> Sequence[Room]:
        """Return all of them, for who counts people."""
        return await self._database.read(temporary.temporary_rooms)
