"""Rooms for an hour: made by members, ended by whoever counts people."""

from datetime import timedelta

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError
from allmende.core.ids import GroupId
from allmende.core.rooms import Lobby
from allmende.identity.model.invites import MAX_ROOMS_PER_GROUP
from allmende.storage.database import Database
from tests.identity.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


def refusal(town: Town, who: Caller, group: GroupId, name: str = "AG") -> str:
    try:
        town.run(town.identity.make_temporary_room(who, group, name))
    except AllmendeError as refused:
        return refused.message_id
    return "made"


def test_a_member_makes_one_and_it_ends_when_somebody_says_so(town: Town) -> None:
    ada, mel = town.person("ada"), town.person("mel")
    group = town.group(ada, member=mel)
    room = town.run(town.identity.make_temporary_room(mel, group.id, "AG"))
    assert (room.group_id, room.lobby) == (group.id, Lobby.GUESTS)
    assert room.ends_at == town.clock.now() + timedelta(hours=24)
    assert town.run(town.identity.temporary_rooms()) == [room]
    lasting = town.run(town.identity.make_room(ada, group.id, "Fest"))
    town.run(town.identity.end_temporary_room(lasting.id))
    town.run(town.identity.end_temporary_room(room.id))
    town.run(town.identity.end_temporary_room(room.id))
    assert town.run(town.identity.temporary_rooms()) == []
    assert town.run(town.identity.room(ada, lasting.slug)) == lasting
    assert town.told()[-2:] == ["identity.RoomMade", "identity.RoomGone"]


def test_one_that_nobody_ends_ends_by_itself(town: Town) -> None:
    ada = town.person("ada")
    group = town.group(ada)
    town.run(town.identity.make_temporary_room(ada, group.id, "AG"))
    town.clock.turn(hours=24)
    town.run(town.identity.end_what_is_over())
    assert town.run(town.identity.temporary_rooms()) == []


def test_who_may_not_make_one(town: Town) -> None:
    ada, eve = town.person("ada"), town.person("eve")
    group = town.group(ada)
    assert refusal(town, eve, group.id) == "group.not-found"
    assert refusal(town, ada, group.id, " ") == "identity.name-empty"
    for number in range(MAX_ROOMS_PER_GROUP - 1):
        assert refusal(town, ada, group.id, f"AG {number}") == "made"
    assert refusal(town, ada, group.id) == "identity.too-many-rooms"
