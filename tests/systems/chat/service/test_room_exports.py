"""What somebody takes along of rooms made with apps."""

import json
from datetime import timedelta

from allmende.core.exports import ExportedFile, Numbers
from allmende.core.ids import GroupId
from allmende.storage.database import Database
from allmende.systems.chat.model.rooms import NewLine
from allmende.systems.chat.service.room_exports import RoomExports
from allmende.systems.chat.service.rooms import LineShelf, RoomService
from tests.identity.town import BEGINNING
from tests.systems.chat.conftest import Square


def test_what_somebody_is_and_said_is_handed_out(database: Database) -> None:
    square = Square(database)
    who = square.person("anna")
    account_id = square.account(who)
    rooms = RoomService(database, square.clock)
    room = square.run(rooms.make("tea", "anna@x", account_id))
    line = NewLine(
        room=room.number, uid="u", account_id=account_id, occupant="o", origin=None,
        content=b"<message/>", sent_at=BEGINNING, ends_at=BEGINNING + timedelta(days=1),
    )  # fmt: skip
    square.run(database.write(lambda db: LineShelf().add(db, [line])))
    exports = RoomExports(database, "x")

    async def files() -> list[ExportedFile]:
        assert not [file async for file in exports.of_group(GroupId(1), Numbers())]
        return [file async for file in exports.of_account(who)]

    standings, lines = square.run(files())
    assert json.loads(standings.body) == [{"room": "tea", "is": "owner", "nick": ""}]
    assert [json.loads(one)["message"] for one in lines.body.splitlines()] == ["<message/>"]
