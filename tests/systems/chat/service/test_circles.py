"""Circles hold members of closed groups, up to a size, and name themselves by what they show."""

import pytest

from allmende.storage.database import Database
from allmende.systems.chat.service import circles
from tests.systems.chat.service.people import People


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def test_guests_of_a_group_and_large_groups_bring_no_contacts(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.group(people.callers["anna"], guest=people.callers["bea"])
    assert people.circle(people.anna).shown() == []
    people.group(people.callers["anna"], member=people.callers["bea"])
    monkeypatch.setattr(circles, "MAX_FELLOWS", 1)
    people.contacts.forget()
    assert people.circle(people.anna).shown() == []
    anna, bea = people.id_of(people.anna), people.id_of(people.bea)
    assert not people.run(people.database.read(lambda db: circles.are_fellows(db, anna, bea)))
    assert people.run(people.database.read(lambda db: circles.share_group(db, anna, bea)))


def test_the_same_list_has_the_same_version_whoever_asks_it(people: People) -> None:
    empty = people.circle(people.anna).version
    assert people.circle(people.bea).version == empty
    people.put(people.anna, "c@y.example", "Cleo")
    people.put(people.bea, "c@y.example", "Cleo")
    assert people.circle(people.anna).version == people.circle(people.bea).version != empty
    people.run(people.contacts.accept(people.id_of(people.anna), "d@y.example"))
    assert people.circle(people.anna).version == people.circle(people.bea).version
