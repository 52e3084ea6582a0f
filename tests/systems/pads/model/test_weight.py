from allmende.protocols.yjs.update import read_update
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.weight import Weight
from tests.protocols.yjs.writing import text, update

LIMITS = PadLimits(text_bytes=10_000, document_bytes=20_000)


def writes(count: int) -> bytes:
    return update((7, 0, [text("x" * count)]))


class Counted:
    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.answer


def fits(weight: Weight, count: int, text_bytes: Counted, document_bytes: Counted) -> bool:
    return weight.fits(read_update(writes(count)), text_bytes, document_bytes)


def test_what_is_added_is_known_without_counting() -> None:
    weight, counted = Weight(LIMITS, 0, 0), Counted(0)
    assert fits(weight, 10_000, counted, counted)
    weight.add(read_update(writes(9_000)), 9_020)
    assert weight.text_bytes == 9_000
    assert fits(weight, 1_000, counted, counted)
    assert not fits(weight, 1_001, counted, counted)
    assert counted.times == 0


def test_after_deleting_it_is_counted_anew() -> None:
    weight, counted = Weight(LIMITS, 10_000, 0), Counted(4_000)
    weight.add(read_update(update(deleted={7: [(0, 6_000)]})), 20)
    assert fits(weight, 6_000, counted, Counted(0))
    assert not fits(weight, 6_001, counted, Counted(0))
    assert (counted.times, weight.text_bytes) == (1, 4_000)


def test_a_document_full_of_deletions_is_full_too() -> None:
    weight, counted = Weight(LIMITS, 0, 20_001), Counted(30_000)
    assert not fits(weight, 1, Counted(0), counted)
    assert counted.times == 0
    weight.add(read_update(update(deleted={7: [(0, 1)]})), 100)
    assert not fits(weight, 1, Counted(0), counted)
    weight.add(read_update(update(deleted={7: [(0, 1)]})), 100)
    counted.answer = 5_000
    assert fits(weight, 1, Counted(0), counted)


def test_deleting_always_fits() -> None:
    weight = Weight(LIMITS, 10**9, 10**9)
    assert weight.fits(read_update(update(deleted={7: [(0, 1)]})), Counted(0), Counted(0))
