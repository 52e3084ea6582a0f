"""Meet put together: what it hands to the house."""

import pytest

from allmende.identity.system import Identity
from allmende.systems.meet.service import Limits
from allmende.systems.meet.system import FACTS, build
from allmende.systems.meet.web.api import COMMANDS
from tests.systems.meet.conftest import House
from tests.systems.meet.site import kit_of

pytestmark = pytest.mark.slow


def test_the_part_has_pages_json_wire_live_events_and_what_runs_by_itself(house: House) -> None:
    identity = Identity(house.identity, house.doors, None)
    built = build(
        house.database, house.bus, house.clock, identity, house.conference, Limits(), kit_of(house)
    )
    paths = [route.path for route in built.part.routes]
    assert len(paths) == len(set(paths))
    assert {"/r/{slug}/call", "/rtc/v1", "/rtc/v1/validate", "/api/v1/echo"} <= set(paths)
    for command in COMMANDS:
        assert f"/api/v1/rooms/{{room_id:id}}/call/{command}" in paths
    assert {view.name for view in built.part.live} == {
        "meet.hands",
        "meet.state",
        "meet.call",
        "meet.muted",
        "meet.waiting",
        "meet.door",
    }
    assert built.part.facts == FACTS
    assert [job.name for job in built.part.jobs] == ["meet-tick"]
    assert len(built.part.tasks) == 1
