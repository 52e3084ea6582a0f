"""What the operator may know of calls and do to them, beside a running server."""

from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.clock import Clock
from allmende.core.ids import RoomId
from allmende.identity import access
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.meet import store
from allmende.systems.meet.events import CallEndAsked


async def people_by_room(database: Database) -> Sequence[tuple[RoomId, int]]:
    """Return how many are connected where, at most a second old. No names."""
    return await database.read(store.people_by_room)


async def ask_to_end(database: Database, clock: Clock, slug: str) -> None:
    """Let the running server end the call of a room. Raises NotFound ``room.not-found``."""
    now = clock.now()

    def change(db: Connection) -> None:
        room = access.room_by_slug(db, slug)
        record(db, CallEndAsked(at=now, room_id=room.id))

    await database.write(change)
