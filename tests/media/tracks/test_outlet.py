from allmende.media.tracks.outlet import Outlet
from tests.media.stage import FakeTransport


def test_an_outlet_begins_without_keys() -> None:
    outlet = Outlet(FakeTransport(), 5)
    assert (outlet.up, outlet.number, outlet.ssrc) == (False, 0, 5)
