"""Frame numbers of one spurt: each is taken once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.media.fanout.run import Run


def begun(frame: int = 1000) -> Run:
    run = Run()
    run.begin(frame, 2)
    return run


def test_packets_that_follow_are_taken_and_others_once() -> None:
    run = begun()
    assert run.next_frame == 1002
    assert run.follow(1002, 2)
    assert run.follow(1008, 2)
    assert run.follow(1004, 2)
    assert not run.follow(1004, 2)
    assert not run.follow(1008, 2)
    assert run.next_frame == 1010


def test_what_was_before_the_spurt_is_not_of_it() -> None:
    run = begun()
    assert not run.follow(998, 2)
    assert run.follow(1200, 2)
    assert not run.follow(1000, 2)


@settings(max_examples=20)
@given(st.lists(st.integers(1000, 1400), max_size=100))
def test_no_frame_is_taken_twice(frames: list[int]) -> None:
    run = begun()
    taken = [frame for frame in frames if run.follow(frame, 2)]
    assert len(taken) == len(set(taken))
