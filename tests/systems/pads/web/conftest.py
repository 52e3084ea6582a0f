"""What tests of the pages of pads share."""

import pytest

from allmende.storage.database import Database
from tests.systems.pads.web.porch import Porch


@pytest.fixture
def porch(sqlite: Database) -> Porch:
    return Porch(sqlite)
