"""What meet hands out: the settings of rooms. It knows nothing about a person."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput
from allmende.core.exports import (
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    no_files,
    readable_json,
)
from allmende.core.ids import GroupId, RoomId
from allmende.identity.store import rooms
from allmende.storage.bundle import decoded
from allmende.storage.database import Database
from allmende.systems.meet import store

MAX_CAMERAS: Final = 1_000
_FILE: Final = "calls.json"


class StoredSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many cameras each room allows, by its number; only rooms that say so."""

    max_cameras: dict[str, int]


class MeetExports:
    """The exporter of meet."""

    covers = frozenset({store.rooms.name})
    left_out: Mapping[str, str] = {store.calls.name: "a count of this moment"}

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield nothing: no row of meet is about a person."""
        return no_files()

    async def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield the settings of the rooms."""

        def question(db: Connection) -> StoredSettings:
            found = {}
            for room in rooms.rooms_of(db, group_id):
                most = store.settings(db, room.id).max_cameras
                if most is not None:
                    found[str(numbers.give("room", room.id))] = most
            return StoredSettings(found)

        stored = await self._database.read(question)
        yield ExportedFile(_FILE, readable_json(msgspec.to_builtins(stored)))

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Set what the rooms allowed. Raises InvalidInput ``storage.archive-refused``."""
        if not files.paths(_FILE):
            return
        stored = decoded(files.read(_FILE), StoredSettings)

        def change(db: Connection) -> None:
            for number, most in stored.max_cameras.items():
                room = taken.numbers.thing("room", int(number)) if number.isdecimal() else None
                if room is None or not 0 <= most <= MAX_CAMERAS:
                    raise InvalidInput("storage.archive-refused", reason="settings of no room")
                store.set_max_cameras(db, RoomId(room), most)

        await self._database.write(change)
