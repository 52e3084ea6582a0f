"""Voices: loud enough, never clipped, the same each time, with pauses."""

from itertools import islice, pairwise

from allmende.cli.demo.voice import FRAME_SAMPLES, LOOP_S, PEAK, RATE_HZ, Chance, frames, voice

LOOP = voice(150.0, 3)


def loudness(samples: "memoryview[int] | list[int]") -> float:
    return float((sum(one * one for one in samples) / len(samples)) ** 0.5)


def test_a_loop_has_its_length_and_nothing_is_clipped() -> None:
    assert len(LOOP) == int(LOOP_S * RATE_HZ)
    assert PEAK * 0.9 < max(LOOP) <= PEAK
    assert min(LOOP) >= -PEAK


def test_somebody_talks_about_two_thirds_of_the_time_and_ends_with_a_pause() -> None:
    tenth = RATE_HZ // 10
    pieces = [LOOP[at : at + tenth].tolist() for at in range(0, len(LOOP), tenth)]
    loud = [loudness(piece) > PEAK / 20 for piece in pieces]
    assert 0.4 < sum(loud) / len(loud) < 0.95
    assert not loud[-1]


def test_a_period_joins_the_next_without_a_jump() -> None:
    steps = [abs(after - before) for before, after in pairwise(LOOP)]
    assert max(steps) < PEAK * 1.2


def test_the_same_seed_says_the_same_and_another_one_something_else() -> None:
    assert voice(150.0, 3) == LOOP
    assert voice(150.0, 4) != LOOP


def test_frames_go_round_and_lose_nothing() -> None:
    whole = len(LOOP) // FRAME_SAMPLES
    found = list(islice(frames(LOOP), whole + 1))
    assert b"".join(found[:whole]) == LOOP.tobytes()
    assert found[whole] == found[0]


def test_chance_stays_below_its_end_and_meets_everything() -> None:
    chance = Chance(1)
    assert {chance.below(5) for _ in range(200)} == set(range(5))
