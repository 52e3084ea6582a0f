"""Messages of a group's room, read as pages of an archive."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import AccountId, MessageId, RoomId
from allmende.storage.database import Database
from allmende.systems.chat.model.messages import MEMBERSHIP, NewMessage
from allmende.systems.chat.store import group_lines, messages
from allmende.systems.chat.store.personal import Span
from tests.identity.town import BEGINNING

ROOM, ANNA = RoomId(1), AccountId(1)
SECOND = timedelta(seconds=1)


def new(number: int, kind: str = "") -> NewMessage:
    at = BEGINNING + number * SECOND
    return NewMessage(
        room_id=ROOM, account_id=ANNA, guest_id=None, author="anna", text=str(number),
        key=str(number), sent_at=at, ends_at=at + timedelta(days=1), kind=kind,
        content=b"<message/>",
    )  # fmt: skip


def test_what_people_said_is_read_and_what_the_house_said_is_not(database: Database) -> None:
    def change(db: Connection) -> None:
        ids = [messages.add_message(db, new(number)).id for number in (1, 2, 3)]
        messages.add_message(db, new(4, MEMBERSHIP))

        def texts(*, backwards: bool = False, since: int = 0) -> list[str]:
            found = group_lines.messages_between(
                db, ROOM, Span(), now=BEGINNING, since=BEGINNING + since * SECOND, most=2,
                backwards=backwards,
            )  # fmt: skip
            return [one.text for one in found]

        assert texts() == ["1", "2"]
        assert texts(backwards=True) == ["3", "2"]
        assert texts(since=3) == ["3"]
        assert group_lines.number_since(db, ROOM, BEGINNING + 2 * SECOND) == ids[1]
        assert group_lines.number_since(db, ROOM, BEGINNING + 9 * SECOND) is None
        wanted = [ids[2], ids[0], MessageId(999)]
        found = group_lines.named_messages(db, ROOM, wanted, now=BEGINNING, since=None)
        assert [one.id for one in found] == [ids[0], ids[2]]
        assert found[0].content == b"<message/>"

    asyncio.run(database.write(change))


def test_a_name_goes_with_all_that_an_app_wrote_around_it(database: Database) -> None:
    def change(db: Connection) -> None:
        number = messages.add_message(db, new(1)).id
        messages.forget_author(db, ANNA, most=9)
        assert messages.message(db, ROOM, number).content is None

    asyncio.run(database.write(change))
