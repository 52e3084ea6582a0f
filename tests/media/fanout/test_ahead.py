import numpy as np
import pytest

from allmende.media.fanout.ahead import AHEAD, Ahead, VectorCrypt, doubled
from tests.media.fanout.stage import KEY, NONCE

MANY = 8


def crypts(ahead: Ahead) -> list[VectorCrypt]:
    return [VectorCrypt(ahead, KEY, NONCE, NONCE) for _ in range(MANY)]


@pytest.mark.parametrize("block", [1, 1 << 127, (1 << 128) - 1, 0x87 << 60, 0xF0F0 << 90 | 3])
def test_doublings_are_those_of_the_field(block: int) -> None:
    found = doubled(np.frombuffer(block.to_bytes(16, "big"), np.uint64).reshape(1, 2), 70)
    for delta in found.reshape(70, 2):
        block = block << 1 ^ (0x87 | 1 << 128 if block >> 127 else 0)
        assert delta.tobytes() == block.to_bytes(16, "big")


def test_a_row_of_who_left_begins_anew() -> None:
    ahead = Ahead()
    before = crypts(ahead)
    ahead.take(before, np.array([crypt.row for crypt in before]), but=-1)
    rows = {crypt.row for crypt in before}
    assert before[0].server_nonce() != NONCE
    before.clear()
    after = crypts(ahead)
    assert {crypt.row for crypt in after} == rows
    assert [crypt.server_nonce() for crypt in after] == [NONCE] * MANY


def test_who_is_only_looked_at_keeps_the_nonce() -> None:
    ahead = Ahead()
    people = crypts(ahead)
    rows = np.array([crypt.row for crypt in people])
    first = ahead.take(people, rows, but=3)
    second = ahead.take(people, rows, but=-1)
    assert [bool((one == other).all()) for one, other in zip(first, second, strict=True)] == [
        place == 3 for place in range(MANY)
    ]


def test_numbers_of_one_by_one_and_of_all_are_the_same_row() -> None:
    ahead = Ahead()
    people = crypts(ahead)
    rows = np.array([crypt.row for crypt in people])
    for number in range(1, 3 * AHEAD):
        people[0].next_nonce()
        ahead.take(people, rows, but=0)
        expected = int.from_bytes(NONCE, "little") + number
        assert [crypt.server_nonce() for crypt in people] == [
            expected.to_bytes(16, "little")
        ] * MANY
