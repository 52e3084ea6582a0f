"""What chat hands out of somebody's messages with others: their own side of them."""

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
from allmende.storage.database import Database
from allmende.systems.chat.store import choices, offline, personal

_START: Final = MessageId(0)


class PersonalExports:
    """The exporter of messages between two people, encrypted ones as they are kept."""

    covers = frozenset({personal.personal.name, choices.choices.name})
    left_out: Mapping[str, str] = {
        offline.offline.name: "waits a few days until an app takes it; most is in the archive too",
    }

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield the messages as lines of JSON, and what the account wants kept."""
        account_id, after, part = account_of(who), _START, 0
        choice = await self._database.read(lambda db: choices.choice_of(db, account_id))
        said = {
            "keeps": choice.usually.value,
            "always": sorted(choice.always),
            "never": sorted(choice.never),
            "not_encrypted_for_hours": choice.plain_h,
        }
        yield ExportedFile("chat/personal/choice.json", readable_json(said))
        while some := await self._database.read(partial(_own, account_id, after)):
            part, after = part + 1, some[-1].id
            lines = json_lines(_said(own) for own in some)
            yield ExportedFile(f"chat/personal/{part:04}.jsonl", lines)

    def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield nothing: none of it is of a group."""
        return no_files()

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Take nothing."""


def _own(account_id: AccountId, after: MessageId, db: Connection) -> Sequence[personal.Own]:
    return personal.own_after(db, account_id, after, most=LINES_AT_ONCE)


def _said(own: personal.Own) -> dict[str, object]:
    return {
        "with": own.peer,
        "incoming": own.incoming,
        "sent_at": instant_text(own.sent_at),
        "message": bytes(own.content).decode(),
    }
