"""Rows of rooms, links and bans."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import LinkId, RoomId
from allmende.core.rooms import LinkRight, Lobby, Room, RoomLink
from allmende.identity.store import rooms
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import Town

HASH = "hash"
NEW = Room(RoomId(0), None, "abcdefghjkmn", "Plenum", Lobby.ALL, True, None)


def test_a_room_comes_back_as_it_went(town: Town) -> None:
    end = town.clock.now()

    def change(db: Connection) -> None:
        room = rooms.add_room(db, replace(NEW, ends_at=end))
        assert rooms.find_room(db, room.id) == room == replace(NEW, id=room.id, ends_at=end)
        assert rooms.find_room_by_slug(db, NEW.slug) == room
        rooms.change_room(db, room.id, name="Lager", lobby=Lobby.OFF, guests_share=False)
        found = rooms.find_room(db, room.id)
        assert found == Room(room.id, None, NEW.slug, "Lager", Lobby.OFF, False, end)
        assert rooms.ended_rooms(db, end, limit=1) == [room.id]
        rooms.renew_room(db, room.id, end + timedelta(days=1))
        assert rooms.ended_rooms(db, end, limit=1) == []
        rooms.delete_room(db, room.id)
        assert rooms.find_room(db, room.id) is None

    town.run(town.database.write(change))


def test_a_link_comes_back_as_it_went_and_goes_with_its_room(town: Town) -> None:
    now = town.clock.now()

    def change(db: Connection) -> None:
        room = rooms.add_room(db, NEW)
        new = RoomLink(LinkId(0), room.id, LinkRight.LISTEN, "Presse", now, 1)
        number = rooms.add_link(db, new, token_hash=HASH, words_hash="words")
        link = replace(new, id=number)
        assert list(rooms.links_of(db, room.id)) == [link]
        assert rooms.find_link(db, HASH, now - timedelta(seconds=1)) == link
        assert rooms.find_link(db, HASH, now) is None
        assert rooms.find_link_by_words(db, "words", now - timedelta(seconds=1)) == link
        assert rooms.find_link_by_words(db, "words", now) is None
        assert rooms.find_link_by_words(db, HASH, now - timedelta(seconds=1)) is None
        assert rooms.expired_links(db, now, limit=9) == [(number, room.id)]
        assert (rooms.use_link(db, number), rooms.use_link(db, number)) == (True, False)
        assert rooms.find_right(db, room.id, number) is LinkRight.LISTEN
        rooms.delete_room(db, room.id)
        assert not rooms.revoke_link(db, number)

    town.run(town.database.write(change))


def test_a_ban_ends(town: Town) -> None:
    now = town.clock.now()

    def change(db: Connection) -> None:
        room = rooms.add_room(db, NEW)
        rooms.add_ban(db, room_id=room.id, person="g1", reason="", ends_at=now)
        assert rooms.is_banned(db, room.id, "g1")
        assert not rooms.is_banned(db, room.id, "g2")
        assert rooms.end_bans(db, now) == 1
        assert not rooms.is_banned(db, room.id, "g1")

    town.run(town.database.write(change))


def test_questions_use_indexes(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    town = Town(database)
    assert town.run(database.read(lambda db: full_scans(db, rooms))) == []
    database.close()
