from hypothesis import given
from hypothesis import strategies as st

from allmende.media.congestion.feedback import MAX_GAP, MAX_WAITING, ArrivalLog
from allmende.protocols.rtcp.parsing import parse
from allmende.protocols.rtcp.transport_wide import MAX_WRITTEN, TransportFeedback


def read(packets: list[bytes]) -> list[TransportFeedback]:
    return [v for p in packets for v in parse(p) if isinstance(v, TransportFeedback)]


def statuses(packets: list[bytes]) -> dict[int, int | None]:
    return {
        (told.base + i) & 0xFFFF: arrival
        for told in read(packets)
        for i, arrival in enumerate(told.arrivals)
    }


def test_it_is_sent_every_100_ms_and_every_50_above_1_mbit() -> None:
    log = ArrivalLog(0.0)
    log.add(1, 100, 0.01)
    assert log.due(9, 8, 0.06) == []
    assert len(log.due(9, 8, 0.1)) == 1
    assert log.due(9, 8, 0.2) == []
    log.add(2, 8000, 0.21)
    assert len(log.due(9, 8, 0.22)) == 1
    log.add(3, 8000, 0.23)
    assert log.due(9, 8, 0.24) == []
    assert len(log.due(9, 8, 0.28)) == 1


def test_what_is_missing_is_told_as_missing_and_told_again_when_it_came_late() -> None:
    log = ArrivalLog(0.0)
    log.add(10, 100, 0.01)
    log.add(12, 100, 0.03)
    assert statuses(log.due(9, 8, 0.1)) == {10: 40, 11: None, 12: 120}
    log.add(11, 100, 0.15)
    log.add(14, 100, 0.16)
    assert statuses(log.due(9, 8, 0.2)) == {11: 600, 12: 120, 13: None, 14: 640}


def test_a_long_gap_is_a_new_beginning() -> None:
    log = ArrivalLog(0.0)
    log.add(1, 100, 0.01)
    log.due(9, 8, 0.1)
    log.add(MAX_GAP + 5, 100, 0.11)
    assert list(statuses(log.due(9, 8, 0.2))) == [MAX_GAP + 5]


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 30)), min_size=1, max_size=200))
def test_any_numbers_at_any_time_make_packets_of_bounded_size(
    arrivals: list[tuple[int, float]],
) -> None:
    log = ArrivalLog(0.0)
    now_s = 0.0
    for number, later_s in arrivals:
        log.add(number, 1200, now_s + later_s)
        now_s += 0.05
        packets = log.due(9, 8, now_s)
        assert len(packets) <= 2 * MAX_GAP
        for told in read(packets):
            assert 0 < len(told.arrivals) <= MAX_WRITTEN
        assert all(len(packet) <= 1200 for packet in packets)


def test_counts_grow_and_a_flood_is_bounded() -> None:
    log = ArrivalLog(0.0)
    for number in range(2 * MAX_WAITING):
        log.add(number & 0xFFFF, 100, 0.01)
    packets = read(log.due(9, 8, 0.1))
    assert [told.count for told in packets] == list(range(MAX_WAITING // MAX_WRITTEN))
