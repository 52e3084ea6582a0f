"""What tests of desk share."""

import pytest

from allmende.storage.database import Database
from tests.systems.desk.hall import Hall


@pytest.fixture
def hall(sqlite: Database) -> Hall:
    return Hall(sqlite)
