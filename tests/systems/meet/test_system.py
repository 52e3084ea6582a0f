"""Meet put together: what it hands to the house."""

import pytest

from allmende.core.ids import RoomId
from allmende.core.parts import Part
from allmende.identity.service.credentials import Credentials
from allmende.identity.system import Identity
from allmende.media.signal.calls import Calls
from allmende.systems.meet.service import Limits
from allmende.systems.meet.service.port import CallPort
from allmende.systems.meet.system import FACTS, build
from allmende.systems.meet.web.api import COMMANDS
from tests.fakes.conference import FakeConference
from tests.systems.meet.conftest import House
from tests.systems.meet.site import kit_of


class Wired(FakeConference):
    """The fake with the other side of ``/rtc/v1``, which nobody asks here."""

    calls: Calls


pytestmark = pytest.mark.slow


def test_the_part_has_pages_json_wire_live_events_and_what_runs_by_itself(house: House) -> None:
    credentials = Credentials(house.database, house.clock, b"")
    identity = Identity(house.identity, house.doors, Part(name="identity"), credentials)
    built = build(
        house.database, house.bus, house.clock, identity, Wired(), Limits(), kit_of(house)
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
    assert isinstance(built.calls, CallPort)
    assert built.calls.shown(RoomId(1)) is None
