"""What identity hands out: open formats, names instead of numbers, never a secret."""

import asyncio
import json

from allmende.core.accounts import Caller
from allmende.core.exports import Numbers
from allmende.core.ids import GroupId
from allmende.identity.service.exporting import IdentityExports
from tests.identity.town import Town


def account_files(town: Town, who: Caller) -> dict[str, list[dict[str, object]]]:
    async def all_files() -> dict[str, list[dict[str, object]]]:
        found = IdentityExports(town.database).of_account(who)
        return {file.path: json.loads(file.body) async for file in found}

    return asyncio.run(all_files())


def group_files(town: Town, group_id: GroupId) -> dict[str, tuple[bool, object]]:
    async def all_files() -> dict[str, tuple[bool, object]]:
        found = IdentityExports(town.database).of_group(group_id, Numbers())
        return {file.path: (file.canonical, json.loads(file.body)) async for file in found}

    return asyncio.run(all_files())


def test_an_account_comes_with_its_devices_and_groups_by_name(town: Town) -> None:
    mara = town.person("mara")
    town.group(mara)
    files = account_files(town, mara)
    (account,) = files["account/account.json"]
    assert account["name"] == "mara"
    (session,) = files["account/sessions.json"]
    assert set(session) >= {"label", "since", "seen", "ends_at"}
    (membership,) = files["account/memberships.json"]
    assert (membership["group"], membership["role"]) == ("Küche für alle", "admin")
    secrets = {"password", "hash", "scram", "id", "account_id", "group_id", "secret"}
    assert not [row for rows in files.values() for row in rows if secrets & set(row)]


def test_a_group_is_the_same_whatever_its_numbers_are(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    town.run(town.identity.make_room(mara, group.id, "Werkstatt"))
    files = group_files(town, group.id)
    canonical, stored = files["group.json"]
    assert canonical
    assert isinstance(stored, dict)
    assert [room["number"] for room in stored["rooms"]] == [1, 2]
    assert "slug" not in json.dumps(stored)
    assert not files["addresses.json"][0]
    assert files["members.json"] == (
        False,
        {"members": [{"display": "", "name": "mara", "role": "admin"}]},
    )
