"""Frame numbers of one spurt: each is taken once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.media.voice.talker import Sound, Talker


def begun(frame: int = 1000) -> Talker:
    talker = Talker("leg", 1, 0.4, None)
    talker.begin(frame, 2)
    return talker


def test_packets_that_follow_are_taken_and_others_once() -> None:
    talker = begun()
    assert talker.next_frame == 1002
    assert talker.follow(1002, 2)
    assert talker.follow(1008, 2)
    assert talker.follow(1004, 2)
    assert not talker.follow(1004, 2)
    assert not talker.follow(1008, 2)
    assert talker.next_frame == 1010


def test_what_was_before_the_spurt_is_not_of_it() -> None:
    talker = begun()
    assert not talker.follow(998, 2)
    assert talker.follow(1200, 2)
    assert not talker.follow(1000, 2)


@settings(max_examples=20)
@given(st.lists(st.integers(1000, 1400), max_size=100))
def test_no_frame_is_taken_twice(frames: list[int]) -> None:
    talker = begun()
    taken = [frame for frame in frames if talker.follow(frame, 2)]
    assert len(taken) == len(set(taken))


def test_a_sound_knows_its_talker() -> None:
    talker = begun()
    sound = Sound(talker, 7, 2, b"opus", 1.5)
    assert (sound.talker, sound.frame, sound.duration, sound.last) == (talker, 7, 2, False)
