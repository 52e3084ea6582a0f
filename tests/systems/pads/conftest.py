"""What tests of pads share."""

import pytest

from allmende.storage.database import Database
from tests.systems.pads.village import Village


@pytest.fixture
def village(database: Database) -> Village:
    """On both databases, every change twice."""
    return Village(database)
