"""Rooms and who is what in them."""

import asyncio

from sqlalchemy import Connection

from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model.rooms import (
    STRANGER,
    Affiliation,
    Config,
    Role,
    Room,
    Standing,
    Subject,
)
from allmende.systems.chat.store import rooms
from tests.identity.town import BEGINNING

ANNA = AccountId(1)
OWNER, MEMBER = Standing(Affiliation.OWNER), Standing(Affiliation.MEMBER, "Bea")


def new(name: str) -> Room:
    config = Config(title="Tea", shown=frozenset((Role.MODERATOR,)))
    return Room(0, name, config, b"secret", standings={"a@x": OWNER, "b@x": MEMBER})


def test_a_room_is_read_as_it_was_written(database: Database) -> None:
    def change(db: Connection) -> None:
        number = rooms.add_room(db, new("tea"), ANNA, BEGINNING)
        found = rooms.find_room(db, "tea")
        assert found is not None
        assert (found.number, found.config, found.secret) == (number, new("").config, b"secret")
        assert found.standings == new("").standings
        rooms.set_config(db, number, Config(persistent=True))
        rooms.set_subject(db, number, Subject("Now", "anna", BEGINNING))
        rooms.set_standings(db, number, {"a@x": STRANGER, "b@x": OWNER})
        found = rooms.find_room(db, "tea")
        assert found is not None
        assert found.config == Config(persistent=True)
        assert found.subject == Subject("Now", "anna", BEGINNING)
        assert found.standings == {"b@x": OWNER}
        assert rooms.find_room(db, "coffee") is None

    asyncio.run(database.write(change))


def test_rooms_are_listed_counted_and_deleted(database: Database) -> None:
    def change(db: Connection) -> None:
        number = rooms.add_room(db, new("b"), ANNA, BEGINNING)
        rooms.add_room(db, new("a"), None, BEGINNING)
        assert [one.name for one in rooms.rooms_after(db, "", most=9)] == ["a", "b"]
        assert [one.name for one in rooms.rooms_after(db, "a", most=9)] == ["b"]
        assert rooms.count_made(db, ANNA, BEGINNING.replace(year=2000)) == 1
        assert rooms.count_made(db, ANNA, BEGINNING) == 0
        assert rooms.standings_of(db, "b@x") == [("a", MEMBER), ("b", MEMBER)]
        rooms.delete_room(db, number)
        assert rooms.standings_of(db, "b@x") == [("a", MEMBER)]
        rooms.forget_account(db, ANNA, ["b@x"])
        assert rooms.standings_of(db, "b@x") == []

    asyncio.run(database.write(change))
