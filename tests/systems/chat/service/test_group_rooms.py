"""A group's room as apps see it: people, and what those may read who came later."""

import pytest
from sqlalchemy import Connection

from allmende.core.errors import NotFound
from allmende.core.ids import RoomId
from allmende.identity.store import rooms
from allmende.storage.database import Database
from allmende.systems.chat.model.history import Asked
from allmende.systems.chat.model.rooms import Affiliation, number_uid
from allmende.systems.chat.service.group_rooms import GroupRooms
from tests.identity.town import BEGINNING
from tests.systems.chat.conftest import Square


class Kitchen(Square):
    """anna's group, in which bert is a facilitator."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.anna, self.bert = self.person("anna"), self.person("bert")
        self.group_id = self.group(self.anna, facilitator=self.bert).id
        self.slug, self.place = self.run(self.database.read(self._place))
        self.rooms = GroupRooms(self.database, self.chat, self.clock, domain="x", secret=b"s")

    def _place(self, db: Connection) -> tuple[str, RoomId]:
        place = rooms.rooms_of(db, self.group_id)[0]
        return place.slug, place.id


def test_people_are_those_of_the_group(database: Database) -> None:
    square = Kitchen(database)
    groups, anna, slug, room_id = square.rooms, square.anna, square.slug, square.place
    room = square.run(groups.find(slug))
    assert room is not None
    assert room.of_group == room_id
    assert room.standing("anna@x").affiliation is Affiliation.OWNER
    assert room.standing("bert@x").affiliation is Affiliation.ADMIN
    assert square.run(groups.names(square.group_id)) == [slug]
    assert square.run(groups.find(square.room.slug)) is None
    assert square.run(groups.find("nowhere")) is None
    assert square.run(groups.lets_in(anna, room_id))
    assert not square.run(groups.lets_in(square.person("carl"), room_id))


def test_messages_are_those_of_the_group(database: Database) -> None:
    square = Kitchen(database)
    groups, anna, bert, room_id = square.rooms, square.anna, square.bert, square.place
    square.run(groups.say(anna, room_id, "hello", "key", b"<m/>"))
    (line,) = square.run(square.chat.recent(bert, room_id, limit=9))
    kept = square.run(groups.message(room_id, line.id))
    assert (kept.text, kept.content) == ("hello", b"<m/>")
    asked = Asked(since=BEGINNING)
    page = square.run(groups.page(bert, room_id, asked, lambda one: one.text.encode()))
    uid = number_uid(line.id)
    assert [(one.uid, one.content) for one in page.items] == [(uid, b"hello")]
    for more in (Asked(uids=[uid]), Asked(before=uid), Asked(after=uid)):
        found = square.run(groups.page(bert, room_id, more, lambda _: b""))
        assert len(found.items) == len(more.uids)
    ends = square.run(groups.ends(bert, room_id, lambda _: b""))
    assert ends is not None
    with pytest.raises(NotFound):
        square.run(groups.page(square.person("carl"), room_id, asked, lambda _: b""))
    with pytest.raises(NotFound):
        square.run(groups.retract(anna, room_id, "x"))
    square.run(groups.retract(anna, room_id, uid))
    assert square.run(groups.ends(bert, room_id, lambda _: b"")) is None
