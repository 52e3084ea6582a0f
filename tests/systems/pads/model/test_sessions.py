"""Tickets and what they name."""

from dataclasses import replace

import pytest

from allmende.core.errors import InvalidInput
from allmende.core.ids import PadId
from allmende.systems.pads.model.sessions import MAX_CLIENT, clean_client, guid_of
from tests.systems.pads.rows import A_PAD


def test_another_generation_is_another_document() -> None:
    others = (replace(A_PAD, generation=2), replace(A_PAD, id=PadId(4)))
    assert len({guid_of(A_PAD), *map(guid_of, others)}) == 3
    assert guid_of(A_PAD) == guid_of(replace(A_PAD, title="Plenum"))


@pytest.mark.parametrize("refused", [0, -1, MAX_CLIENT + 1])
def test_what_is_no_client_is_refused(refused: int) -> None:
    with pytest.raises(InvalidInput):
        clean_client(refused)


def test_the_largest_client_is_taken() -> None:
    assert clean_client(MAX_CLIENT) == MAX_CLIENT
