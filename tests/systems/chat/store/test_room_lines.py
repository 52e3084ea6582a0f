"""What was said in rooms that people made."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import AccountId, MessageId
from allmende.storage.database import Database
from allmende.systems.chat.model.rooms import NewLine
from allmende.systems.chat.store import room_lines
from allmende.systems.chat.store.personal import Span
from tests.identity.town import BEGINNING

ANNA = AccountId(1)


def line(number: int, *, erases: str = "", room: int = 1) -> NewLine:
    return NewLine(
        room=room, uid=f"uid-{number}", account_id=ANNA, occupant="o", origin=b"%d" % number,
        content=b"<%d/>" % number, sent_at=BEGINNING, ends_at=BEGINNING + timedelta(days=1),
        erases=erases, grave=b"<gone/>" if erases else b"",
    )  # fmt: skip


def test_lines_are_read_in_pages_and_by_name(database: Database) -> None:
    def change(db: Connection) -> None:
        room_lines.add_lines(db, [])
        room_lines.add_lines(db, [line(1), line(2), line(3), line(4, room=2)])
        for backwards, uids in ((False, ["uid-1", "uid-2"]), (True, ["uid-3", "uid-2"])):
            found = room_lines.lines_between(
                db, 1, Span(), now=BEGINNING, most=2, backwards=backwards
            )
            assert [one.uid for one in found] == uids
        number = room_lines.find_number(db, 1, "uid-2", BEGINNING)
        assert number == room_lines.number_since(db, 1, "uid-2")
        assert room_lines.find_number(db, 1, "uid-2", BEGINNING + timedelta(days=2)) is None
        assert room_lines.number_since(db, 1, "uid-9") is None
        named = room_lines.named_lines(db, 1, ["uid-3", "uid-1", "uid-4"], BEGINNING)
        assert [one.content for one in named] == [b"<1/>", b"<3/>"]
        assert room_lines.find_author(db, 1, "uid-1") == "o"
        assert room_lines.find_author(db, 1, "uid-4") is None
        assert room_lines.known_origins(db, [], BEGINNING) == []
        assert room_lines.known_origins(db, [b"1", b"9"], BEGINNING) == [(b"1", "uid-1")]

    asyncio.run(database.write(change))


def test_a_line_may_erase_another_and_all_can_be_forgotten(database: Database) -> None:
    def change(db: Connection) -> None:
        room_lines.add_lines(db, [line(1)])
        room_lines.add_lines(db, [line(2, erases="uid-1"), line(3, room=2)])
        own = room_lines.lines_of(db, ANNA, MessageId(0), most=9)
        assert [one.content for one in own] == [b"<gone/>", b"<2/>", b"<3/>"]
        assert room_lines.known_origins(db, [b"1"], BEGINNING) == []
        assert room_lines.forget_room(db, 2, most=9) == 1
        assert room_lines.forget_author(db, ANNA, most=1) == 1
        assert room_lines.forget_author(db, ANNA, most=9) == 1

    asyncio.run(database.write(change))
