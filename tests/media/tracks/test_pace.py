from allmende.media.tracks.pace import MAX_BPS, MAX_PACKETS_PER_S, TOO_LONG_S, Pace


def test_packets_and_bytes_of_a_second_are_bounded() -> None:
    pace = Pace()
    assert sum(pace.admits(10) for _ in range(2 * MAX_PACKETS_PER_S)) == MAX_PACKETS_PER_S
    pace.second_passed()
    assert sum(pace.admits(1250) for _ in range(1000)) == MAX_BPS // 8 // 1250


def test_too_much_is_told_once_when_it_lasts() -> None:
    pace = Pace()
    told = []
    for _ in range(TOO_LONG_S + 3):
        pace.admits(MAX_BPS)
        told.append(pace.second_passed())
    assert told == [False] * (TOO_LONG_S - 1) + [True] + [False] * 3
    assert not pace.second_passed()
