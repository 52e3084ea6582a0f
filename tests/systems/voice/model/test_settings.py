"""What may be set for the voice of a room."""

import pytest

from allmende.core.errors import InvalidInput
from allmende.systems.voice.model.settings import USUAL, RoomVoice, bandwidth_of


def test_nothing_is_allowed_that_nobody_allowed() -> None:
    assert RoomVoice() == USUAL
    said = (USUAL.is_off, USUAL.may_listen, USUAL.may_record, USUAL.push_to_talk)
    assert not any(said)
    assert USUAL.bandwidth_bps is None


@pytest.mark.parametrize(
    ("typed", "bps"), [("", None), ("  ", None), ("16", 16_000), (" 72 ", 72_000), ("558", 558_000)]
)
def test_bandwidth_is_typed_in_kilobits(typed: str, bps: int | None) -> None:
    assert bandwidth_of(typed) == bps


@pytest.mark.parametrize("typed", ["0", "15", "559", "-40", "4e1", "40,5", "٤٠", "1" * 30, "x"])
def test_what_is_no_bandwidth_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        bandwidth_of(typed)
    assert refused.value.values["field"] == "bandwidth"
