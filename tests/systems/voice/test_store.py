"""Numbers of channels and counts, on both databases."""

import asyncio

from allmende.core.groups import Group
from allmende.core.ids import RoomId
from allmende.core.rooms import Room
from allmende.storage.database import Database
from allmende.systems.voice import store
from tests.identity.town import Town


def made(database: Database) -> tuple[Town, Group, Room]:
    town = Town(database)
    ada = town.person("ada")
    group = town.group(ada)
    return town, group, town.run(town.identity.make_room(ada, group.id, "Plenum"))


def test_a_number_is_given_once_and_kept(database: Database) -> None:
    town, group, room = made(database)
    given = town.run(database.write(lambda db: store.add_channels(db, [group.id], [room.id])))
    again = town.run(database.write(lambda db: store.add_channels(db, [group.id], [room.id])))
    assert given == again
    assert given[0][group.id] != given[1][room.id]
    assert town.run(database.read(store.channel_numbers)) == (dict(given[0]), dict(given[1]))


def test_a_number_goes_with_its_room_and_is_never_given_again(database: Database) -> None:
    town, group, room = made(database)
    given = town.run(database.write(lambda db: store.add_channels(db, [], [room.id])))
    ada = town.person("bea")
    other = town.group(ada)
    second = town.run(town.identity.make_room(ada, other.id, "Zweiter"))
    town.run(town.identity.delete_room(ada, second.id))
    new = town.run(town.identity.make_room(ada, other.id, "Dritter"))
    later = town.run(database.write(lambda db: store.add_channels(db, [group.id], [new.id])))
    assert later[1][new.id] > given[1][room.id]
    assert town.run(database.read(store.channel_numbers))[1].keys() == {room.id, new.id}


def test_counts_are_by_room_and_none_is_no_row(database: Database) -> None:
    async def story() -> object:
        await database.write(lambda db: store.count_people(db, RoomId(8), 1))
        await database.write(lambda db: store.count_people(db, RoomId(7), 2))
        await database.write(lambda db: store.count_people(db, RoomId(7), 5))
        await database.write(lambda db: store.count_people(db, RoomId(8), 0))
        return await database.read(store.people_by_room)

    assert asyncio.run(story()) == [(7, 5)]


def test_after_a_start_nothing_is_counted(database: Database) -> None:
    async def story() -> object:
        await database.write(lambda db: store.count_people(db, RoomId(7), 2))
        await database.write(store.forget_counts)
        return await database.read(store.people_by_room)

    assert asyncio.run(story()) == []
