from hypothesis import given
from hypothesis import strategies as st

from allmende.media.tracks.cache import MAX_BYTES, MAX_REPEATS, WORKER_BYTES, Allowance, Cache


def packet(number: int, size: int = 100) -> bytes:
    return b"\x80\x60" + (number & 0xFFFF).to_bytes(2, "big") + bytes(size - 4)


def test_a_packet_is_repeated_at_most_three_times() -> None:
    cache = Cache(Allowance(), 64)
    cache.add(70_000, packet(70_000))
    repeats = [cache.repeat(70_000 & 0xFFFF) for _ in range(5)]
    assert repeats == [packet(70_000)] * MAX_REPEATS + [b""] * 2
    assert cache.repeat(3) == b""


def test_repeats_take_a_fifth_of_the_rate_at_most() -> None:
    cache = Cache(Allowance(), 256)
    for number in range(200):
        cache.add(number, packet(number, 1000))
    repeated = sum(len(cache.repeat(number)) for number in range(200))
    assert repeated == 8_000 + 40_000


def test_what_is_older_than_a_second_is_gone() -> None:
    cache = Cache(Allowance(), 64)
    cache.second_passed()
    cache.add(1, packet(1))
    cache.second_passed()
    cache.add(2, packet(2))
    cache.second_passed()
    assert cache.repeat(1) == b""
    assert cache.repeat(2) == packet(2)
    assert cache.held_bytes == 100


def test_a_packet_that_is_too_late_does_not_push_out_a_newer_one() -> None:
    cache = Cache(Allowance(), 64)
    cache.add(100, packet(100))
    cache.add(36, packet(36))
    assert cache.repeat(100) == packet(100)
    assert cache.repeat(36) == b""


def test_all_caches_together_stay_within_the_worker() -> None:
    allowance = Allowance()
    allowance.change(1000)
    assert allowance.bytes == WORKER_BYTES // 1000
    allowance.change(-1000)
    assert allowance.bytes == MAX_BYTES


def test_the_oldest_make_room() -> None:
    allowance = Allowance()
    allowance.change(WORKER_BYTES // 10_000)
    cache = Cache(allowance, 64)
    for number in range(100):
        cache.add(number, packet(number, 1000))
    assert cache.held_bytes <= 10_010
    assert cache.repeat(89) == b""
    assert cache.repeat(90) == packet(90, 1000)


@given(st.lists(st.tuples(st.integers(-80, 90), st.integers(4, 1400)), max_size=200))
def test_a_cache_holds_what_it_says_and_never_more_than_allowed(
    steps: list[tuple[int, int]],
) -> None:
    allowance = Allowance()
    allowance.change(WORKER_BYTES // 10_000)  # 10 000 bytes each
    cache = Cache(allowance, 64)
    number, added = 1000, set[int]()
    for ahead, size in steps:
        if number + ahead in added:
            cache.second_passed()
            continue
        number += ahead
        added.add(number)
        cache.add(number, packet(number, size))
        assert cache.held_bytes <= max(allowance.bytes, 1400)
        assert cache.held_bytes == sum(map(len, cache._packets))
        number = max(added)
