"""How many legs are in which room, kept for the operator's command line. Never who."""

from collections.abc import Sequence

from sqlalchemy import Connection

from allmende.core.ids import RoomId
from allmende.storage.database import Database
from allmende.systems.voice import store
from allmende.systems.voice.service.legs import Legs


class Counting:
    """Nothing is written while nothing moves."""

    def __init__(self, database: Database, legs: Legs) -> None:
        self._database = database
        self._legs = legs
        self._before: dict[RoomId, int] | None = None

    async def count(self) -> None:
        """Write what is different from the last time."""
        now: dict[RoomId, int] = {}
        for leg in self._legs:
            if leg.room_id is not None:
                now[leg.room_id] = now.get(leg.room_id, 0) + 1
        before, self._before = self._before, now
        if before == now:
            return
        changed = {room: now.get(room, 0) for room in {*(before or {}), *now}}

        def change(db: Connection) -> None:
            if before is None:
                store.forget_counts(db)
            for room_id, people in changed.items():
                store.count_people(db, room_id, people)

        await self._database.write(change)


async def people_by_room(database: Database) -> Sequence[tuple[RoomId, int]]:
    """Return how many legs are where, at most a second old."""
    return await database.read(store.people_by_room)
