"""Rows of messages."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from allmende.core.errors import NotFound
from allmende.core.ids import MAX_ID, AccountId, GuestId, MessageId, RoomId
from allmende.storage.database import Database
from allmende.systems.chat.model.messages import Message, NewMessage
from allmende.systems.chat.store import messages as store
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING

ROOM = RoomId(7)
NEWEST = MessageId(MAX_ID)
HOUR = timedelta(hours=1)


def new(text: str, *, account: int | None = None, key: str = "k") -> NewMessage:
    return NewMessage(
        room_id=ROOM,
        account_id=None if account is None else AccountId(account),
        guest_id=None if account is not None else GuestId("rabe"),
        author="Rabe",
        text=text,
        key=key,
        sent_at=BEGINNING,
        ends_at=BEGINNING + timedelta(days=28),
    )


def test_a_message_comes_back_as_it_went(database: Database) -> None:
    def change(db: Connection) -> Message:
        added = store.add_message(db, new("hallo"))
        assert store.message(db, ROOM, added.id) == added
        assert store.messages_by_key(db, ROOM, "k") == [added]
        assert store.messages_by_key(db, RoomId(8), "k") == []
        store.delete_message(db, RoomId(8), added.id)
        store.delete_message(db, ROOM, added.id)
        with pytest.raises(NotFound, match=r"chat\.not-found"):
            store.message(db, ROOM, added.id)
        return added

    assert asyncio.run(database.write(change)).text == "hallo"


def test_pages_go_backwards_by_number(database: Database) -> None:
    def change(db: Connection) -> None:
        ids = [store.add_message(db, new(f"nummer {n}")).id for n in range(4)]
        newest = store.messages_before(db, ROOM, NEWEST, most=2, now=BEGINNING)
        assert [message.id for message in newest] == [ids[3], ids[2]]
        rest = store.messages_before(db, ROOM, ids[2], most=9, now=BEGINNING)
        assert [message.id for message in rest] == [ids[1], ids[0]]

    asyncio.run(database.write(change))


def test_what_has_ended_or_was_written_before_somebody_came_is_not_read(
    database: Database,
) -> None:
    def change(db: Connection) -> None:
        early = store.add_message(db, new("früh")).id
        late = store.add_message(db, replace(new("spät"), sent_at=BEGINNING + HOUR)).id

        def read(now: datetime, since: datetime | None) -> list[MessageId]:
            found = store.messages_before(db, ROOM, NEWEST, most=9, now=now, since=since)
            return [message.id for message in found]

        assert read(BEGINNING, None) == [late, early]
        assert read(BEGINNING, BEGINNING + HOUR) == [late]
        assert read(BEGINNING + timedelta(days=28), None) == []

    asyncio.run(database.write(change))


def test_messages_of_a_room_end_sooner_but_never_later(database: Database) -> None:
    def change(db: Connection) -> None:
        for n in range(3):
            store.add_message(db, new("hallo", key=f"k{n}"))
        brief = replace(new("kurz"), ends_at=BEGINNING + HOUR)
        store.add_message(db, brief)
        store.add_message(db, replace(new("anderswo"), room_id=RoomId(8)))
        assert store.shorten(db, ROOM, timedelta(hours=2), most=2) == 2
        assert store.shorten(db, ROOM, timedelta(hours=2), most=9) == 1
        assert store.shorten(db, ROOM, timedelta(days=300), most=9) == 0

        def ends(room_id: RoomId) -> list[timedelta]:
            found = store.messages_before(db, room_id, NEWEST, most=9, now=BEGINNING)
            return [message.ends_at - BEGINNING for message in found]

        assert ends(ROOM) == [HOUR, 2 * HOUR, 2 * HOUR, 2 * HOUR]
        assert ends(RoomId(8)) == [timedelta(days=28)]

    asyncio.run(database.write(change))


def test_rooms_and_authors_are_forgotten_in_pieces(database: Database) -> None:
    def change(db: Connection) -> None:
        for n in range(3):
            store.add_message(db, new("hallo", account=5, key=f"k{n}"))
        assert store.forget_author(db, AccountId(5), most=2) == 2
        assert store.forget_author(db, AccountId(5), most=2) == 1
        left = store.messages_before(db, ROOM, NEWEST, most=9, now=BEGINNING)
        assert {(message.account_id, message.author) for message in left} == {(None, "")}
        assert store.kept_by_room(db) == [(ROOM, 3)]
        assert [store.forget_room(db, ROOM, most=2) for _ in range(3)] == [2, 1, 0]

    asyncio.run(database.write(change))


def test_every_question_has_its_index(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    try:
        scans = asyncio.run(database.read(lambda db: full_scans(db, store)))
    finally:
        database.close()
    # The operator's count reads the index from end to end; no page asks it.
    assert scans == ["_KEPT_BY_ROOM"]
