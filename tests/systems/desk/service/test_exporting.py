"""What desk hands out: what a person was told and what they want to hear of."""

import asyncio
import json

from sqlalchemy import Connection

from allmende.core.exports import Numbers
from allmende.core.ids import GroupId
from allmende.systems.desk.service.exporting import DeskExports
from allmende.systems.desk.store import tables
from tests.app.rows import add_row
from tests.systems.desk.hall import Hall


def test_notices_and_their_rules_come_without_keys(hall: Hall) -> None:
    mara = hall.town.person("mara")
    group = hall.town.group(mara)
    account_id = hall.town.account(mara)

    def fill(db: Connection) -> None:
        own = {"account_id": account_id}
        add_row(db, tables.notices, hall.town.clock.now(), own)
        add_row(db, tables.pushes, hall.town.clock.now(), own)
        add_row(db, tables.notice_rules, hall.town.clock.now(), {**own, "group_id": group.id})

    asyncio.run(hall.database.write(fill))
    exports = DeskExports(hall.database)

    async def files() -> dict[str, list[dict[str, object]]]:
        return {file.path: json.loads(file.body) async for file in exports.of_account(mara)}

    found = asyncio.run(files())
    assert set(found) == {
        "notices/notices.json", "notices/pushes.json", "notices/notice-rules.json",
    }  # fmt: skip
    (rule,) = found["notices/notice-rules.json"]
    assert rule["group"] == "Küche für alle"
    assert "key" not in found["notices/pushes.json"][0]

    async def of_group() -> list[object]:
        return [file async for file in exports.of_group(GroupId(group.id), Numbers())]

    assert asyncio.run(of_group()) == []
