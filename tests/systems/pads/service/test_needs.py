"""The fake of the tests and the engine itself answer to the same names."""

import inspect

from allmende.systems.pads.service.engine import PadEngine
from allmende.systems.pads.service.needs import LiveTexts
from tests.systems.pads.texts import FakeTexts


def named(kind: type) -> dict[str, list[str]]:
    """The methods that managing pads asks for, with the names of their arguments."""
    methods = [name for name in vars(LiveTexts) if not name.startswith("_")]
    return {name: list(inspect.signature(getattr(kind, name)).parameters) for name in methods}


def test_engine_and_fake_take_what_managing_pads_asks_for() -> None:
    assert named(PadEngine) == named(FakeTexts) == named(LiveTexts)
