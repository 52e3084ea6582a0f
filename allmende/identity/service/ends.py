"""What ends by itself: open rooms, links and removals past their time."""

from typing import Final

from sqlalchemy import Connection

from allmende.identity.events import LinkRevoked, RoomGone
from allmende.identity.service.needs import Needs
from allmende.identity.store import rooms
from allmende.storage.outbox import record

AT_A_TIME: Final = 100


class Ends(Needs):
    """Called by jobs each minute; whatever ends is told like a deletion by hand."""

    async def end_what_is_over(self) -> int:
        """Delete ended rooms, expired links and bans; return how many rooms and links went."""
        ended = more = await self._end_some()
        while more >= AT_A_TIME:
            more = await self._end_some()
            ended += more
        return ended

    async def _end_some(self) -> int:
        now = self._clock.now()

        def change(db: Connection) -> int:
            rooms.end_bans(db, now)
            gone = rooms.ended_rooms(db, now, limit=AT_A_TIME)
            for room_id in gone:
                rooms.delete_room(db, room_id)
            expired = rooms.expired_links(db, now, limit=AT_A_TIME)
            for link_id, _ in expired:
                rooms.revoke_link(db, link_id)
            for room_id in gone:
                record(db, RoomGone(at=now, room_id=room_id))
            for link_id, room_id in expired:
                record(db, LinkRevoked(at=now, link_id=link_id, room_id=room_id))
            return max(len(gone), len(expired))

        return await self._database.write(change)
