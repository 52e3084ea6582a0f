"""Limits of invites and links."""

import pytest

from allmende.core.errors import InvalidInput
from allmende.identity.model.invites import require_between


@pytest.mark.parametrize("number", [0, -1, 51])
def test_numbers_outside_are_refused_beside_their_field(number: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_between(number, 50, "uses")
    assert refused.value.values == {"field": "uses", "min": 1, "max": 50}


def test_numbers_inside_pass() -> None:
    require_between(1, 50, "uses")
    require_between(50, 50, "uses")
