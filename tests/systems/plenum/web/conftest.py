import pytest

from allmende.storage.database import Database
from tests.systems.plenum.conftest import Hall
from tests.systems.plenum.street import Street


@pytest.fixture
def street(sqlite: Database) -> Street:
    return Street(Hall(sqlite))
