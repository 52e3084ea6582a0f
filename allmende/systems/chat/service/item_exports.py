"""What chat hands out of what a person's apps keep: items of nodes, private data, the vCard."""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.exports import (
    ExportedFile,
    Files,
    Numbers,
    TakenGroup,
    instant_text,
    json_lines,
    no_files,
    readable_json,
)
from allmende.core.ids import AccountId, GroupId
from allmende.identity.service.needs import account_of
from allmende.storage.database import Database
from allmende.systems.chat.model.items import Item
from allmende.systems.chat.store import items, papers, uploads

ITEMS_AT_ONCE: Final = 50
"""In one file: each may have 128 KiB."""

FILES: Final = 100_000
"""More than an account can put here before the first of them end."""


class ItemExports:
    """The exporter of what apps keep, as it was published."""

    covers = frozenset(
        {
            items.nodes.name,
            items.items.name,
            papers.private.name,
            papers.vcards.name,
            uploads.uploads.name,
        }
    )
    left_out: Mapping[str, str] = {}

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_account(self, who: Caller) -> AsyncIterator[ExportedFile]:
        """Yield the nodes, the items as lines of JSON, private data, the vCard, a list of files."""
        account_id, after, part = account_of(who), 0, 0
        for file in await self._database.read(lambda db: _few(db, account_id)):
            yield file
        while some := await self._database.read(partial(_some, account_id, after)):
            part, after = part + 1, some[-1][0]
            lines = json_lines(_said(node, item) for _, node, item in some)
            yield ExportedFile(f"chat/items-{part:04}.jsonl", lines)

    def of_group(self, group_id: GroupId, numbers: Numbers) -> AsyncIterator[ExportedFile]:
        """Yield nothing: none of it is of a group."""
        return no_files()

    async def take_group(self, taken: TakenGroup, files: Files) -> None:
        """Take nothing."""


def _few(db: Connection, account_id: AccountId) -> Sequence[ExportedFile]:
    nodes = [
        {
            "node": node.name,
            "title": node.options.title,
            "who_reads": node.options.access.value,
            "contact_groups": list(node.options.contact_groups),
        }
        for node in items.nodes_of(db, account_id)
    ]
    private = [
        {"name": name, "payload": payload.decode()}
        for name, payload in papers.private_of(db, account_id)
    ]
    vcard = papers.find_vcard(db, account_id)
    rows = (
        ("chat/nodes.json", nodes),
        ("chat/private.json", private),
        ("chat/uploads.json", _files(db, account_id)),
    )
    found = [ExportedFile(path, readable_json(some)) for path, some in rows if some]
    return found if vcard is None else [*found, ExportedFile("chat/vcard.xml", vcard)]


def _files(db: Connection, account_id: AccountId) -> Sequence[dict[str, object]]:
    """Return what is known of files; where they lie, the messages that name them say."""
    return [
        {
            "type": file.kind,
            "bytes": file.size_bytes,
            "sha256": file.blob,
            "uploaded_at": instant_text(file.uploaded_at),
            "ends_at": instant_text(file.ends_at),
        }
        for file in uploads.uploads_of(db, account_id, most=FILES)
    ]


def _some(account_id: AccountId, after: int, db: Connection) -> Sequence[tuple[int, str, Item]]:
    return items.items_of(db, account_id, after, most=ITEMS_AT_ONCE)


def _said(node: str, item: Item) -> dict[str, object]:
    return {
        "node": node,
        "item": item.name,
        "published_at": instant_text(item.published_at),
        "payload": item.payload.decode(),
    }
