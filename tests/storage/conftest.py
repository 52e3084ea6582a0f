"""An open database with the table for notes, without the double that repeats changes."""

from collections.abc import Iterator

import pytest

from tests.databases import AnyDatabase, Place
from tests.storage.notes import make_table


@pytest.fixture(
    params=["sqlite", "encrypted", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def place(request: pytest.FixtureRequest) -> Place:
    """As everywhere, and with a key."""
    found = request.getfixturevalue(f"{request.param}_place")
    assert isinstance(found, Place)
    return found


@pytest.fixture(params=["sqlite", "encrypted"])
def file_place(request: pytest.FixtureRequest) -> Place:
    """SQLite with and without a key."""
    found = request.getfixturevalue(f"{request.param}_place")
    assert isinstance(found, Place)
    return found


@pytest.fixture
def bare(place: Place) -> Iterator[AnyDatabase]:
    make_table(place)
    inner = place.open()
    yield inner
    inner.close()
