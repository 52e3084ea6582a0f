"""Which pads leave with a person or a group. The way there and back: tests/app/test_exports.py."""

import asyncio
import json

from allmende.core.accounts import Caller
from allmende.core.exports import Numbers
from allmende.storage.database import Database
from allmende.systems.pads.service.exporting import PadExports
from tests.app.commune import Commune


def own(commune: Commune, who: Caller) -> dict[str, bytes]:
    async def files() -> dict[str, bytes]:
        found = PadExports(commune.database).of_account(who)
        return {file.path: file.body async for file in found}

    return asyncio.run(files())


def test_a_person_gets_the_pads_in_which_they_wrote(sqlite: Database) -> None:
    commune = Commune(sqlite)
    commune.wrote("hallo")
    files = own(commune, commune.juno)
    assert sorted(files) == [
        "pads/1/document.bin", "pads/1/pad.json", "pads/1/text.md",
        "pads/2/document.bin", "pads/2/pad.json", "pads/2/text.md",
    ]  # fmt: skip
    about = json.loads(files["pads/1/pad.json"])
    assert (about["name"], about["written_as"]) == ("Plan-der-Küche", "juno")
    assert own(commune, commune.person("kim")) == {}


def test_a_group_leaves_with_authors_editors_and_named_revisions(sqlite: Database) -> None:
    commune = Commune(sqlite)
    commune.wrote("hallo")

    async def files() -> dict[str, bytes]:
        found = PadExports(sqlite).of_group(commune.commune.id, Numbers())
        return {file.path: file.body async for file in found}

    found = asyncio.run(files())
    about = json.loads(found["pads/1/pad.json"])
    assert {author["name"] for author in about["authors"]} >= {"juno", "mara"}
    (revision,) = about["revisions"]
    assert revision["name"] == "Stand vom Abend"
    assert found["pads/1/revisions/1.bin"]
    assert b"account" not in found["pads/1/pad.json"]
