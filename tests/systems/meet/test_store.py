"""What is kept of calls: settings and counts, on both databases."""

import asyncio
from functools import partial

from allmende.core.ids import RoomId
from allmende.storage.database import Database
from allmende.systems.meet import store

ROOM, OTHER = RoomId(7), RoomId(8)


def test_settings_are_kept_changed_and_forgotten(database: Database) -> None:
    async def story() -> list[int | None]:
        found = []
        for most in (None, 3, 0):
            if most is not None:
                await database.write(partial(store.set_max_cameras, room_id=ROOM, most=most))
            found.append((await database.read(lambda db: store.settings(db, ROOM))).max_cameras)
        await database.write(lambda db: store.forget(db, ROOM))
        found.append((await database.read(lambda db: store.settings(db, ROOM))).max_cameras)
        return found

    assert asyncio.run(story()) == [None, 3, 0, None]


def test_counts_are_by_room_and_none_is_no_row(database: Database) -> None:
    async def story() -> object:
        await database.write(lambda db: store.count_people(db, OTHER, 1))
        await database.write(lambda db: store.count_people(db, ROOM, 2))
        await database.write(lambda db: store.count_people(db, ROOM, 5))
        await database.write(lambda db: store.count_people(db, OTHER, 0))
        return await database.read(store.people_by_room)

    assert asyncio.run(story()) == [(ROOM, 5)]


def test_after_a_start_nothing_is_counted(database: Database) -> None:
    async def story() -> object:
        await database.write(lambda db: store.count_people(db, ROOM, 2))
        await database.write(store.forget_counts)
        return await database.read(store.people_by_room)

    assert asyncio.run(story()) == []
