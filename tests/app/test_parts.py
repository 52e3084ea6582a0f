from pathlib import Path

import pytest

from allmende.app.parts import house_part, mumble_of
from allmende.config import Config, Systems
from allmende.config.sections import Voice
from allmende.protocols.mumble.address import MumblePlace
from tests.app.test_ground import ground


def test_the_house_itself_answers_for_its_health(tmp_path: Path) -> None:
    async def mode() -> str:
        return "invite"

    on = ground(Config(systems=Systems(chat=False)), tmp_path)
    part = house_part(on, ("de", "en"), mode)
    assert [route.path for route in part.routes] == ["/health.json", "/authority.pem"]
    with pytest.raises(AttributeError):
        part.name = "other"  # type: ignore[misc]  # parts are values


def test_mumble_clients_are_told_the_host_of_the_pages_and_the_port_of_voice(
    tmp_path: Path,
) -> None:
    here = ground(Config(voice=Voice(port=5000)), tmp_path)
    assert mumble_of(here) == MumblePlace("example.org", 5000)


@pytest.mark.parametrize(
    "config", [Config(systems=Systems(voice=False)), Config(voice=Voice(port=0))]
)
def test_nobody_is_sent_to_mumble_where_none_listens(config: Config, tmp_path: Path) -> None:
    assert mumble_of(ground(config, tmp_path)) is None
