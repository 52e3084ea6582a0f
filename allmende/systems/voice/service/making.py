"""Rooms made by a client: for an hour by any member, for good where that is allowed."""

from typing import Final

from allmende.core.errors import Conflict, NotAllowed
from allmende.core.ids import RoomId
from allmende.core.rooms import Room
from allmende.systems.voice.model.house import MAX_NESTING
from allmende.systems.voice.service.channels import Channels, Temporary
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.moving import Moving
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.watching import Watching

EMPTY_S: Final = 30.0
"""A temporary room ends so long after the last one left."""


class Making:
    """Changing and deleting other rooms is done in the browser."""

    def __init__(
        self,
        here: Surroundings,
        legs: Legs,
        channels: Channels,
        moving: Moving,
        watching: Watching,
    ) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels
        self._moving = moving
        self._watching = watching

    async def make(self, leg: Leg, parent: int, name: str, *, temporary: bool) -> Room:
        """Add a room to the group of channel ``parent``; who makes a temporary one is moved in.

        Raises NotFound, NotAllowed, InvalidInput ``name``, QuotaExceeded.
        """
        group_id = self._moving.group_at(leg, parent)
        if levels_above(leg, parent) > MAX_NESTING:
            raise Conflict("voice.nested-too-deep", most=MAX_NESTING)
        identity = self._here.identity
        if not temporary:
            room = await identity.make_room(leg.who, group_id, name)
            await self._watching.recheck(lambda each: each is leg, patient=True)
            return room
        room = await identity.make_temporary_room(leg.who, group_id, name)
        self._channels.temporary[room.id] = Temporary(
            room.id, parent, leg.arrival.credential, self._here.clock.monotonic_s()
        )
        await self._watching.recheck(lambda each: each is leg, patient=True)
        await self._moving.enter(leg, room.id)
        return room

    async def remove(self, leg: Leg, channel: int) -> None:
        """End a temporary room that this leg has made. Raises NotFound, NotAllowed."""
        room_id = self._moving.room_at(leg, channel)
        made = self._channels.temporary.get(room_id)
        if made is None or made.maker != leg.arrival.credential:
            page = self._here.settings.page("/")
            raise NotAllowed("voice.rooms-are-changed-in-browser", page=page)
        await self._end(room_id)

    async def load(self) -> None:
        """Find the temporary rooms of before: they are empty since the start."""
        for room in await self._here.identity.temporary_rooms():
            self.found(room)

    def found(self, room: Room) -> None:
        """A room is there; remember it if it ends when it is empty."""
        if room.group_id is None or room.ends_at is None or room.id in self._channels.temporary:
            return
        parent = self._channels.of_group(room.group_id) or 0
        since_s = self._here.clock.monotonic_s()
        self._channels.temporary[room.id] = Temporary(room.id, parent, "", since_s)

    async def end_empty(self) -> None:
        """End temporary rooms in which nobody was for 30 seconds."""
        now_s = self._here.clock.monotonic_s()
        for made in list(self._channels.temporary.values()):
            if self._is_used(made.room_id):
                made.empty_since_s = None
            elif made.empty_since_s is None:
                made.empty_since_s = now_s
            elif now_s - made.empty_since_s >= EMPTY_S:
                await self._end(made.room_id)

    def _is_used(self, room_id: RoomId) -> bool:
        call = self._here.calls.shown(room_id)
        return bool(self._legs.in_room(room_id)) or (call is not None and bool(call.people))

    async def _end(self, room_id: RoomId) -> None:
        self._channels.temporary.pop(room_id, None)
        await self._here.identity.end_temporary_room(room_id)


def levels_above(leg: Leg, channel: int | None) -> int:
    """Return the level of what would be made below a channel; home is level 0."""
    levels = 0
    while channel is not None and leg.view is not None and levels <= MAX_NESTING:
        shown = leg.view.channels.get(channel)
        channel = None if shown is None else shown.parent
        levels += 1
    return levels
