"""Rooms are read when somebody asks for them, one at a time goes in, and none is left behind."""

import asyncio

import pytest

from allmende.protocols.xmpp.errors import StanzaError
from allmende.storage.database import Database
from tests.systems.chat.wire.rooms.village import Village, play, village_of


def test_a_room_is_put_away_when_nobody_is_there(database: Database) -> None:
    village = village_of(database)
    anna = village.app("anna")

    async def story(village: Village) -> None:
        halls = village.rooms.halls
        with pytest.raises(StanzaError, match="item-not-found"):
            async with halls.inside("tea"):
                raise AssertionError("there is no room")
        await village.open(anna, persistentroom="1")
        assert [hall.room.name for hall in halls] == ["tea"]
        await village.go(anna, "anna")
        assert halls.live("tea") is None
        async with halls.inside("tea") as hall:
            assert hall.room.config.persistent
            await halls.read_again(hall)
        assert list(halls) == []

    play(village, story)


def test_one_at_a_time_goes_through_the_door(database: Database) -> None:
    village = village_of(database)
    apps = [village.app(name) for name in ("anna", "bert", "carl")]

    async def story(village: Village) -> None:
        await asyncio.gather(*(village.come(one, one.jid.local) for one in apps))
        hall = village.rooms.halls.live("tea")
        assert hall is not None
        assert [one.affiliation for one in hall.occupants.values()] == ["owner"]

    play(village, story)
