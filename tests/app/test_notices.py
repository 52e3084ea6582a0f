"""The inbox is always there; devices are rung where the operator lets that be."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from allmende.app.kit import Kit
from allmende.app.notices import notices_of
from allmende.app.parts import Building
from allmende.config import Config
from allmende.config.sections import Notices
from allmende.core.parts import Part
from allmende.identity.system import build
from allmende.storage.blobs import FolderBlobs
from allmende.storage.database import Database
from allmende.systems.desk.service.notices import NoticeService
from allmende.webkit.assets import Assets
from tests.app.test_ground import ground
from tests.identity.town import Inline
from tests.systems.desk.hall import Hall


def part_of(database: Database, folder: Path, config: Config) -> Part:
    hall = Hall(database)

    async def make() -> Part:
        identity = await build(database, hall.town.bus, hall.town.clock, Inline())
        kit = Kit(
            pages=hall.kit.pages,
            catalogues=hall.kit.texts,
            assets=Assets.unbuilt(hall.kit.texts),
            addresses=hall.kit.addresses,
            proof=hall.kit.proof,
        )
        notices = NoticeService(database, hall.town.clock)
        place = ground(config, folder)
        blobs = FolderBlobs(folder, None)
        house = Building(place, database, hall.town.bus, identity, kit, notices, blobs)
        async with AsyncExitStack() as stack:
            return await notices_of(house, hall.kit, stack)

    return asyncio.run(make())


@pytest.mark.parametrize(("push", "tasks"), [(True, 1), (False, 0)])
def test_devices_are_rung_where_the_operator_lets_that_be(
    sqlite: Database, tmp_path: Path, push: bool, tasks: int
) -> None:
    part = part_of(sqlite, tmp_path, Config(notices=Notices(push=push)))
    assert len(part.tasks) == tasks
    assert "/me/notices" in [route.path for route in part.routes]
