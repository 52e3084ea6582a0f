from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.rtp.unwrapping import Unwrapper


@given(st.integers(0, 0xFFFF), st.lists(st.integers(-0x7000, 0x7000), max_size=60))
def test_numbers_within_half_a_round_of_the_newest_are_extended(
    start: int, steps: list[int]
) -> None:
    unwrapper = Unwrapper(16)
    newest = unwrapper.extend(start)
    for step in steps:
        number = newest + step
        assert unwrapper.extend(number & 0xFFFF) == number
        newest = max(newest, number)
        assert unwrapper.newest == newest


def test_late_numbers_before_the_first_stay_positive() -> None:
    unwrapper = Unwrapper(16)
    unwrapper.extend(0)
    assert unwrapper.extend(0xFFFF) == 0xFFFF
