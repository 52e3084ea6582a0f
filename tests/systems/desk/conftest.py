"""What tests of desk share."""

from collections.abc import Iterator

import pytest

from allmende.storage.database import Database
from tests.databases import Place
from tests.systems.desk.hall import Hall


@pytest.fixture
def sqlite(sqlite_place: Place) -> Iterator[Database]:
    opened = sqlite_place.open()
    yield opened
    opened.close()


@pytest.fixture
def hall(sqlite: Database) -> Hall:
    return Hall(sqlite)
