"""What the voice of a room may be used for, set by who looks after the room."""

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.voice import store
from allmende.systems.voice.events import RoomVoiceChanged
from allmende.systems.voice.model.settings import RoomVoice


class Settings:
    """For admins of the group, and for those who facilitate an open room."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def shown(self, who: Caller, slug: str) -> tuple[Room, RoomVoice]:
        """Return a room and how its voice is set. Raises NotFound, NotAllowed."""

        def question(db: Connection) -> tuple[Room, RoomVoice]:
            room = _require(db, who, access.room_by_slug(db, slug).id)
            return room, store.settings_of(db, room.id)

        return await self._database.read(question)

    async def change(self, who: Caller, room_id: RoomId, voice: RoomVoice) -> None:
        """Set it; in force within a second. Raises NotFound, NotAllowed."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            _require(db, who, room_id)
            store.set_settings(db, room_id, voice)
            record(db, RoomVoiceChanged(at=now, room_id=room_id))

        await self._database.write(change)


def _require(db: Connection, who: Caller, room_id: RoomId) -> Room:
    room = access.require(db, who, Permission.ROOM_SEE, room_id)
    needed = Permission.ROOM_FACILITATE if room.group_id is None else Permission.ROOM_ADMINISTER
    return access.require(db, who, needed, room_id)
