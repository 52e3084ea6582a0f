"""All rooms in which somebody is, by name; others are read when they are asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.systems.chat.service.group_rooms import GroupRooms
from allmende.systems.chat.service.rooms import RoomService
from allmende.systems.chat.wire.rooms.hall import Abroad, Hall


@dataclass(slots=True, eq=False)
class Entrance:
    """The way into one room; one at a time goes through. ``hall``: None where there is none."""

    hall: Hall | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Halls:
    """``domain``: where the rooms are."""

    def __init__(self, domain: str, rooms: RoomService, groups: GroupRooms, abroad: Abroad) -> None:
        self.domain = domain
        self.rooms, self.groups = rooms, groups
        self._abroad = abroad
        self._entrances: dict[str, Entrance] = {}

    def __iter__(self) -> Iterator[Hall]:
        """Yield the rooms in which somebody is."""
        return (one.hall for one in list(self._entrances.values()) if one.hall is not None)

    def live(self, name: str) -> Hall | None:
        """Return a room if somebody is in it."""
        found = self._entrances.get(name)
        return None if found is None else found.hall

    @asynccontextmanager
    async def using(self, name: str) -> AsyncIterator[Entrance]:
        """Let nobody else change a room meanwhile. Left empty, it is put away; a temporary one is
        destroyed.
        """
        entrance = self._entrances.setdefault(name, Entrance())
        entrance.users += 1
        try:
            async with entrance.lock:
                if entrance.hall is None:
                    entrance.hall = await self._read(name)
                try:
                    yield entrance
                finally:
                    await self._put_away(entrance)
        finally:
            entrance.users -= 1
            if not entrance.users and entrance.hall is None:
                self._entrances.pop(name, None)

    @asynccontextmanager
    async def inside(self, name: str) -> AsyncIterator[Hall]:
        """Do the same with a room that is there. Raises StanzaError ``item-not-found``."""
        async with self.using(name) as entrance:
            if entrance.hall is None:
                raise StanzaError("item-not-found")
            yield entrance.hall

    async def make(
        self, name: str, owner: Jid, account_id: AccountId | None, entrance: Entrance
    ) -> Hall:
        """Make a room of ``owner`` in its entrance. Raises Conflict, QuotaExceeded."""
        room = await self.rooms.make(name, str(owner.bare), account_id)
        entrance.hall = Hall(room, Jid(name, self.domain), self._abroad)
        return entrance.hall

    async def read_again(self, hall: Hall) -> None:
        """Read what a group says of its room now."""
        found = await self.groups.find(hall.room.name)
        if found is not None:
            hall.room = found

    async def _read(self, name: str) -> Hall | None:
        room = await self.groups.find(name) or await self.rooms.find(name)
        return None if room is None else Hall(room, Jid(name, self.domain), self._abroad)

    async def _put_away(self, entrance: Entrance) -> None:
        hall = entrance.hall
        if hall is None or hall.seats:
            return
        entrance.hall = None
        if not hall.room.config.persistent and hall.room.of_group is None:
            await self.rooms.destroy(hall.room)
