"""What a person's apps kept leaves the house whole."""

import asyncio
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from allmende.core.accounts import Caller
from allmende.core.exports import Numbers
from allmende.core.ids import GroupId
from allmende.systems.chat.model.items import USUAL, Access
from allmende.systems.chat.service.item_exports import ITEMS_AT_ONCE, ItemExports
from allmende.systems.chat.service.items import ItemService
from allmende.systems.chat.service.papers import PaperService
from tests.systems.chat.conftest import Square
from tests.systems.chat.service.depot import Depot


def files(square: Square, who: Caller) -> dict[str, bytes]:
    async def found() -> dict[str, bytes]:
        exports = ItemExports(square.database)
        assert [file async for file in exports.of_group(GroupId(1), Numbers())] == []
        return {file.path: file.body async for file in exports.of_account(who)}

    return asyncio.run(found())


def test_an_account_gets_all_that_its_apps_keep(square: Square) -> None:
    mara = square.person("mara")
    assert files(square, mara) == {}
    items, papers = ItemService(square.database, square.clock), PaperService(square.database)
    options = replace(USUAL, max_items=99, access=Access.ROSTER, contact_groups=("Küche",))
    new = [(f"{number:02}", b"<x xmlns='urn:x'/>") for number in range(ITEMS_AT_ONCE + 1)]
    square.run(items.publish(mara, "urn:x", new, lambda _: options))
    square.run(papers.keep_private(mara, "urn:p a", "<a>ä</a>".encode()))
    square.run(papers.keep_vcard(mara, b"<vCard/>"))
    found = files(square, mara)
    assert sorted(found) == [
        "chat/items-0001.jsonl", "chat/items-0002.jsonl", "chat/nodes.json", "chat/private.json",
        "chat/vcard.xml",
    ]  # fmt: skip
    assert json.loads(found["chat/items-0002.jsonl"]) == {
        "node": "urn:x",
        "item": "50",
        "published_at": "2026-11-23T20:00:00.000000Z",
        "payload": "<x xmlns='urn:x'/>",
    }
    assert json.loads(found["chat/nodes.json"])[0]["contact_groups"] == ["Küche"]
    assert json.loads(found["chat/private.json"]) == [{"name": "urn:p a", "payload": "<a>ä</a>"}]
    assert found["chat/vcard.xml"] == b"<vCard/>"


def test_an_account_gets_a_list_of_its_files(square: Square, tmp_path: Path) -> None:
    depot = Depot(square, tmp_path)
    depot.bring(b"abcd", kind="text/plain")
    assert json.loads(files(square, depot.mara)["chat/uploads.json"]) == [
        {
            "type": "text/plain",
            "bytes": 4,
            "sha256": hashlib.sha256(b"abcd").hexdigest(),
            "uploaded_at": "2026-11-23T20:00:00.000000Z",
            "ends_at": "2026-11-24T20:00:00.000000Z",
        }
    ]
    assert files(square, square.person("juno")) == {}
