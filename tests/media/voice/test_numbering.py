"""Numbers and timestamps of a slot. Spec voice, 7.2."""

import itertools
import random

import pytest

from allmende.media.voice.numbering import Numbering


class Slot:
    """A numbering with a clock; packets of 20 ms unless said otherwise."""

    def __init__(self) -> None:
        self.numbering = Numbering(100, 48_000, 10.0)
        self.now_s = 10.0

    def put(self, frame: int, duration: int = 2, *, after_s: float = 0.02) -> tuple[int, int, bool]:
        self.now_s += after_s
        n = self.numbering
        if not n.place(frame, duration, self.now_s):
            return (0, 0, False)
        return (n.number, n.timestamp, n.marker)

    def silence(self, *, after_s: float = 0.02) -> tuple[int, int, bool]:
        self.now_s += after_s
        n = self.numbering
        n.place_silence(self.now_s)
        return (n.number, n.timestamp, n.marker)


@pytest.mark.parametrize("duration", [1, 2, 4, 6])
def test_each_packet_is_one_number_further_however_long_it_sounds(duration: int) -> None:
    slot = Slot()
    first = slot.put(5000, duration)
    assert first[2]
    for nth in range(1, 50):
        placed = slot.put(5000 + nth * duration, duration)
        assert placed == (first[0] + nth, first[1] + nth * duration * 480, False)


def test_a_gap_skips_as_many_numbers_as_packets_are_missing() -> None:
    slot = Slot()
    number, timestamp, _ = slot.put(0)
    assert slot.put(2)[0] == number + 1
    assert slot.put(10) == (number + 5, timestamp + 10 * 480, False)


def test_a_late_packet_gets_the_number_that_was_kept_for_it_once() -> None:
    slot = Slot()
    number, timestamp, _ = slot.put(0)
    slot.put(8)
    assert slot.put(4) == (number + 2, timestamp + 4 * 480, False)
    assert slot.put(4) == (0, 0, False)
    assert slot.put(8) == (0, 0, False)
    assert slot.put(5) == (0, 0, False)
    assert slot.put(2)[0] == number + 1
    assert slot.put(10)[0] == number + 5


@pytest.mark.parametrize("frame", [0, 899, 1101])
def test_a_jump_begins_a_spurt(frame: int) -> None:
    slot = Slot()
    number, timestamp, _ = slot.put(1000)
    assert slot.put(frame) == (number + 1, timestamp + 2 * 480, True)


def test_400_ms_of_silence_begin_a_spurt_and_time_goes_on_by_the_clock() -> None:
    slot = Slot()
    number, timestamp, _ = slot.put(1000)
    assert slot.put(1002, after_s=0.5) == (number + 1, timestamp + 50 * 480, True)
    number, timestamp, _ = slot.put(1004)
    assert slot.put(0, after_s=7.003) == (number + 1, timestamp + 700 * 480, True)


def test_silence_follows_the_last_word_without_a_gap() -> None:
    slot = Slot()
    number, timestamp, _ = slot.put(1000, 6)
    slot.numbering.begin()
    assert slot.silence() == (number + 1, timestamp + 6 * 480, False)
    assert slot.silence() == (number + 2, timestamp + 8 * 480, False)
    assert slot.put(0, after_s=0.0) == (number + 3, timestamp + 10 * 480, True)


def test_a_late_packet_of_the_spurt_before_has_no_place() -> None:
    slot = Slot()
    slot.put(1000)
    slot.put(1010)
    slot.numbering.begin()
    assert slot.put(2000)[2]
    assert slot.put(1004) == (0, 0, False) or slot.numbering.marker


def test_time_of_sound_of_now() -> None:
    slot = Slot()
    _, timestamp, _ = slot.put(0)
    assert slot.numbering.timestamp_at(slot.now_s + 0.25) == timestamp + 12_000


def test_whatever_comes_no_number_is_used_twice_and_time_never_goes_back() -> None:
    dice = random.Random(7)
    slot, frame = Slot(), 0
    placed = []
    for _ in range(20_000):
        kind = dice.random()
        if kind < 0.02:
            frame = dice.randrange(1 << 32)
        elif kind < 0.04:
            slot.numbering.begin()
        elif kind < 0.06:
            placed.append(slot.silence())
            continue
        frame += dice.choice((2, 2, 2, 2, 1, 4, 6, 30, -6, 0))
        duration = dice.choice((1, 2, 2, 2, 4, 6))
        found = slot.put(max(0, frame), duration, after_s=dice.choice((0, 0.02, 0.02, 0.3, 1)))
        if found[0]:
            placed.append(found)
    numbers = [number for number, _, _ in placed]
    assert len(numbers) == len(set(numbers))
    assert len(slot.numbering._reserved) <= 400
    newest = list(itertools.accumulate(numbers, max))
    in_order = [p for p, high in zip(placed, newest, strict=True) if p[0] == high]
    assert all(b[1] > a[1] for a, b in itertools.pairwise(in_order))
    assert all(p[2] is False for p, high in zip(placed, newest, strict=True) if p[0] < high)
