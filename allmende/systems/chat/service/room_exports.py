"""What chat hands out of rooms that somebody made with an app, or belongs to."""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.exports import (
    LINES_AT_ONCE,
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    instant_text,
    json_lines,
    no_files,
    readable_json,
)
from allmende.core.ids import AccountId, GroupId, MessageId
from allmende.identity.service.needs import account_of
from allmende.identity.store import accounts
from allmende.storage.database import Database
from allmende.systems.chat.store import room_lines, rooms

_START: Final = MessageId(0)


class RoomExports:
    """The exporter of such rooms. ``domain``: of accounts."""

    covers = frozenset({rooms.affiliations.name, room_lines.lines.name})
    left_out: Mapping[str, str] = {
        rooms.rooms.name: "belongs to all in the room; what you are there and said is handed out",
    }

    def __init__(self, database: Database, domain: str) -> None:
        self._database = database
        self._domain = domain

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield what the account is in which rooms, and what it said there."""
        account_id, after, part = account_of(who), _START, 0
        standings = await self._database.read(lambda db: self._standings(db, account_id))
        yield ExportedFile("chat/app-rooms/rooms.json", readable_json(standings))
        while some := await self._database.read(partial(_own, account_id, after)):
            part, after = part + 1, some[-1].id
            lines = json_lines(
                {"sent_at": instant_text(one.sent_at), "message": one.content.decode()}
                for one in some
            )
            yield ExportedFile(f"chat/app-rooms/{part:04}.jsonl", lines)

    def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield nothing: none of it is of a group."""
        return no_files()

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Take nothing."""

    def _standings(self, db: Connection, account_id: AccountId) -> list[dict[str, str]]:
        account = accounts.find_account(db, account_id)
        if account is None:
            return []
        return [
            {"room": name, "is": one.affiliation.value, "nick": one.nick}
            for name, one in rooms.standings_of(db, f"{account.name}@{self._domain}")
        ]


def _own(account_id: AccountId, after: MessageId, db: Connection) -> Sequence[room_lines.OwnLine]:
    return room_lines.lines_of(db, account_id, after, most=LINES_AT_ONCE)
