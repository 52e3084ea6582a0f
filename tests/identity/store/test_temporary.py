"""Rows of rooms that end when they are empty."""

from allmende.identity.store.temporary import temporary_rooms
from allmende.storage.database import Database
from tests.identity.town import Town


def test_only_rooms_of_groups_that_have_an_end_are_found(database: Database) -> None:
    town = Town(database)
    ada = town.person("ada")
    group = town.group(ada)
    town.run(town.identity.open_room("Offen"))
    town.run(town.identity.make_room(ada, group.id, "Fest"))
    first = town.run(town.identity.make_temporary_room(ada, group.id, "Eins"))
    second = town.run(town.identity.make_temporary_room(ada, group.id, "Zwei"))
    assert town.run(database.read(temporary_rooms)) == [first, second]
