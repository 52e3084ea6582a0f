"""Which number a group or a room has as a channel; kept, so that clients know it again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from allmende.core.ids import GroupId, RoomId
from allmende.storage.database import Database
from allmende.systems.voice import store
from allmende.systems.voice.service.knowing import Known

HOME = 0


@dataclass(slots=True)
class Temporary:
    """A room that ends when it is empty. ``parent``: the channel it was made below."""

    room_id: RoomId
    parent: int
    maker: str = ""
    """The credential of who made it, empty after a restart."""

    empty_since_s: float | None = None


class Channels:
    """All numbers that were given, in memory; new ones are written first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups: dict[GroupId, int] = {}
        self._rooms: dict[RoomId, int] = {}
        self._group_of: dict[int, GroupId] = {}
        self._room_of: dict[int, RoomId] = {}
        self.temporary: dict[RoomId, Temporary] = {}

    async def load(self) -> None:
        """Read what was given before."""
        groups, rooms = await self._database.read(store.channel_numbers)
        self._take(groups, rooms)

    async def number(self, known: Known) -> None:
        """Give numbers to what somebody may know of and has none."""
        groups = [group.id for group in known.groups if group.id not in self._groups]
        rooms = [room_id for room_id in known.rooms if room_id not in self._rooms]
        if groups or rooms:
            await self._give(groups, rooms)

    async def _give(self, groups: Iterable[GroupId], rooms: Iterable[RoomId]) -> None:
        wanted = (list(groups), list(rooms))
        self._take(*await self._database.write(lambda db: store.add_channels(db, *wanted)))

    def _take(self, groups: Mapping[GroupId, int], rooms: Mapping[RoomId, int]) -> None:
        self._groups |= groups
        self._rooms |= rooms
        self._group_of |= {number: group for group, number in groups.items()}
        self._room_of |= {number: room for room, number in rooms.items()}

    def forget_room(self, room_id: RoomId) -> None:
        """A room is gone; its number is never given again."""
        number = self._rooms.pop(room_id, None)
        if number is not None:
            self._room_of.pop(number, None)
        self.temporary.pop(room_id, None)

    def of_group(self, group_id: GroupId) -> int | None:
        """Return the channel of a group."""
        return self._groups.get(group_id)

    def of_room(self, room_id: RoomId | None) -> int | None:
        """Return the channel of a room."""
        return None if room_id is None else self._rooms.get(room_id)

    def group_of(self, channel: int) -> GroupId | None:
        """Return the group that is shown as this channel."""
        return self._group_of.get(channel)

    def room_of(self, channel: int) -> RoomId | None:
        """Return the room that is shown as this channel."""
        return self._room_of.get(channel)
