from pathlib import Path

import pytest

from allmende.app.parts import house_part
from allmende.config import Config, Systems
from tests.app.test_ground import ground


def test_the_house_itself_answers_for_its_health(tmp_path: Path) -> None:
    async def mode() -> str:
        return "invite"

    on = ground(Config(systems=Systems(chat=False)), tmp_path)
    part = house_part(on, ("de", "en"), mode)
    assert [route.path for route in part.routes] == ["/health.json", "/authority.pem"]
    with pytest.raises(AttributeError):
        part.name = "other"  # type: ignore[misc]  # parts are values
