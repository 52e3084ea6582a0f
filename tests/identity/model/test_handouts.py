"""When enough operators agreed."""

from collections.abc import Sequence

import pytest

from allmende.core.ids import HandoutId
from allmende.identity.model.handouts import Handout, Matter
from tests.identity.town import BEGINNING


@pytest.mark.parametrize(
    ("agreed", "enough"), [((), False), (("mara",), False), (("juno", "mara"), True)]
)
def test_two_have_to_agree(agreed: Sequence[str], enough: bool) -> None:
    handout = Handout(HandoutId(1), Matter.PAD, "7", agreed, False, BEGINNING)
    assert handout.is_agreed == enough
