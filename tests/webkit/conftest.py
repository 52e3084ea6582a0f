"""What the tests of the web kit share."""

from functools import partial

import pytest

from allmende.webkit.i18n import Catalogues
from tests.webkit.house import LOCALE, Build, TurnableClock, build_house


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Catalogues:
    """The kit's own texts only: what other systems are writing is no concern of these tests."""
    folder = tmp_path_factory.mktemp("locale")
    for language in ("de", "en"):
        (folder / language).mkdir()
        (folder / language / "web.po").write_bytes((LOCALE / language / "web.po").read_bytes())
    return Catalogues.load(folder)


@pytest.fixture
def house(catalogues: Catalogues) -> Build:
    """Build a house: ``house(secure=True, routes=[...])``."""
    return partial(build_house, catalogues)
