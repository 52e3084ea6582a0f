from collections.abc import Iterator

import pytest

from tests.access.town import Town
from tests.access.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One house for all cells; what they use up they make anew."""
    town = Town(tmp_path_factory.mktemp("house"))
    try:
        yield World(town)
    finally:
        town.close()
