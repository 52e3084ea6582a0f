"""Which fan-out runs."""

import pytest

from allmende.media.fanout.choice import FANOUTS, choose
from allmende.media.fanout.interface import Fanout, FanoutMissing
from allmende.media.fanout.python import PythonFanout
from tests.media.fanout.stage import NAMES, fanout


def missing() -> Fanout:
    raise FanoutMissing("not here")


@pytest.mark.parametrize("name", NAMES)
def test_a_named_one_is_that_one(name: str) -> None:
    assert fanout(name).name == name


def test_auto_is_the_first_that_is_there() -> None:
    assert choose("auto", {"c": missing, "numpy": missing, "python": PythonFanout}).name == "python"
    assert choose("auto", {"c": PythonFanout, "python": missing}).name == "python"
    assert list(FANOUTS) == ["c", "numpy", "python"]
    assert choose("auto").name in NAMES


def test_a_named_one_that_is_missing_is_an_error_and_no_other_takes_its_place() -> None:
    with pytest.raises(FanoutMissing, match="not here"):
        choose("c", {"c": missing, "python": PythonFanout})
    with pytest.raises(FanoutMissing, match="no fan-out rust"):
        choose("rust")
    with pytest.raises(FanoutMissing):
        choose("auto", {"c": missing})
