"""What desk hands out: what a person was told, and what they want to hear of."""

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.exports import (
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    no_files,
    readable_json,
)
from allmende.core.ids import GroupId
from allmende.identity.service.needs import account_of
from allmende.identity.store import groups
from allmende.storage.database import Database
from allmende.storage.shown import Row, Shown
from allmende.systems.desk.store import tables

_OF_ACCOUNT: Final[Mapping[str, Shown]] = {
    "notices": Shown(tables.notices, "account_id", "id once"),
    "pushes": Shown(tables.pushes, "account_id", "id session_id key auth"),
    "notice-rules": Shown(tables.notice_rules, "account_id"),
    "quiet-hours": Shown(tables.quiet_hours, "account_id"),
}


class DeskExports:
    """The exporter of desk."""

    covers = frozenset(shown.table.name for shown in _OF_ACCOUNT.values())
    left_out: Mapping[str, str] = {}

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield notices and their settings."""
        account_id = account_of(who)
        for name, shown in _OF_ACCOUNT.items():
            rows = await self._database.read(partial(_rows, shown, account_id))
            if rows:
                yield ExportedFile(f"notices/{name}.json", readable_json(rows))

    def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield nothing: what desk keeps is each person's own."""
        return no_files()

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Do nothing."""


def _rows(shown: Shown, account_id: int, db: Connection) -> list[Row]:
    found = []
    for row in shown.rows(db, account_id):
        number = row.pop("group_id", None)
        group = groups.find_group(db, GroupId(number)) if isinstance(number, int) else None
        found.append(row if group is None else {**row, "group": group.name})
    return found
