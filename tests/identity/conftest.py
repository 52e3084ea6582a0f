"""What tests of identity share."""

import pytest

from allmende.storage.database import Database
from tests.identity.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)
