"""A harbour on a database of its own, a copy of one in which people have settled already."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from allmende.storage.opening import SQLITE_NAME
from tests.databases import Place, Templates
from tests.systems.voice.harbour import Harbour, Scene, run


@pytest.fixture(scope="session")
def settled(
    database_templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Scene]:
    folder = tmp_path_factory.mktemp("harbour")
    opened = database_templates.sqlite(folder).open()
    found: list[Scene] = []

    async def settle() -> None:
        found.append(await Harbour(opened).settle_in())

    run(settle())
    opened.close()
    return folder, found[0]


@pytest.fixture
def scene(settled: tuple[Path, Scene]) -> Scene:
    return settled[1]


@pytest.fixture
def harbour(settled: tuple[Path, Scene], tmp_path: Path) -> Iterator[Harbour]:
    folder, scene = settled
    for file in folder.glob(f"{SQLITE_NAME}*"):
        shutil.copyfile(file, tmp_path / file.name)
    opened = Place("", tmp_path).open()
    yield Harbour(opened, scene=scene)
    opened.close()
