import inspect

from allmende.core.ports.pads import Pads
from allmende.systems.pads.service.port import PadPort
from tests.fakes.pads import FakePads

MOST_METHODS = 7


def test_the_port_is_small_and_pads_and_the_fake_answer_it() -> None:
    methods = {name for name, _ in inspect.getmembers(Pads, inspect.isfunction)}
    methods = {name for name in methods if not name.startswith("_")}
    assert len(methods) <= MOST_METHODS
    for name in methods:
        asked = inspect.signature(getattr(Pads, name))
        assert asked == inspect.signature(getattr(PadPort, name))
        assert asked == inspect.signature(getattr(FakePads, name))
