"""Rooms that people make: how many, how long, and what is left of them."""

from datetime import timedelta

import pytest

from allmende.core.errors import Conflict, NotFound, QuotaExceeded
from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model.history import Asked
from allmende.systems.chat.model.rooms import Config, NewLine, Room
from allmende.systems.chat.model.uids import floor
from allmende.systems.chat.service.rooms import LineShelf, RoomService
from tests.identity.town import BEGINNING
from tests.systems.chat.conftest import Square

ANNA = AccountId(1)


class Houses(Square):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.rooms = RoomService(self.database, self.clock, rooms_a_day=2)

    def make(self, name: str) -> Room:
        return self.run(self.rooms.make(name, "anna@x", ANNA))

    def keep(self, room: Room, *texts: str) -> list[str]:
        """Keep messages; what is said twice in one call has the same origin."""
        lines = [
            NewLine(
                room=room.number, uid=floor(BEGINNING)[:-4] + f"{number:04}", account_id=ANNA,
                occupant="o", origin=text.encode(), content=f"<{text}/>".encode(),
                sent_at=BEGINNING, ends_at=BEGINNING + timedelta(days=1),
            )
            for number, text in enumerate(texts)
        ]  # fmt: skip
        return list(self.run(self.database.write(lambda db: LineShelf().add(db, lines))))


def test_a_name_is_given_once_and_not_too_many_a_day(database: Database) -> None:
    houses = Houses(database)
    houses.make("tea")
    for taken in ("tea", houses.room.slug):
        with pytest.raises(Conflict, match=r"chat\.room-there"):
            houses.make(taken)
    houses.make("coffee")
    with pytest.raises(QuotaExceeded):
        houses.make("milk")
    houses.clock.turn(days=2)
    houses.make("milk")


def test_a_message_is_kept_once_and_read_back(database: Database) -> None:
    houses = Houses(database)
    room = houses.make("tea")
    first, second, again = houses.keep(room, "a", "b", "a")
    assert again == first != second
    page = houses.run(houses.rooms.page(room, Asked()))
    assert [one.content for one in page.items] == [b"<a/>", b"<b/>"]
    later = houses.run(houses.rooms.page(room, Asked(after=first)))
    assert [one.uid for one in later.items] == [second]
    named = houses.run(houses.rooms.page(room, Asked(uids=[second], since=BEGINNING)))
    assert [one.uid for one in named.items] == [second]
    since = houses.run(houses.rooms.page(room, Asked(since=BEGINNING)))
    assert len(since.items) == 2
    assert houses.run(houses.rooms.author(room, first)) == "o"
    with pytest.raises(NotFound):
        houses.run(houses.rooms.author(room, "x"))


def test_temporary_rooms_do_not_survive_the_house(database: Database) -> None:
    houses = Houses(database)
    stays, goes = houses.make("stays"), houses.make("goes")
    houses.run(houses.rooms.configure(stays, Config(persistent=True, listed=False)))
    houses.keep(goes, "a")
    assert [one.name for one in houses.run(houses.rooms.listed())] == ["goes"]
    houses.run(houses.rooms.sweep())
    assert houses.run(houses.rooms.find("goes")) is None
    assert houses.run(houses.rooms.find("stays")) is not None
    assert houses.run(houses.rooms.ends(goes)) is None


def test_an_account_that_is_gone_is_nobody_in_rooms(database: Database) -> None:
    houses = Houses(database)
    room = houses.make("tea")
    houses.keep(room, "a")
    houses.run(houses.rooms.account_gone(ANNA, "x"))
    found = houses.run(houses.rooms.find("tea"))
    assert found is not None
    assert not found.standings
    assert houses.run(houses.rooms.ends(room)) is None
