"""An open database with the table for notes, without the double that repeats changes."""

from collections.abc import Iterator

import pytest

from tests.databases import AnyDatabase, Place
from tests.storage.notes import make_table


@pytest.fixture
def bare(place: Place) -> Iterator[AnyDatabase]:
    make_table(place)
    inner = place.open()
    yield inner
    inner.close()
