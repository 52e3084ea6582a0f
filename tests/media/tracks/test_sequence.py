from allmende.media.tracks.sequence import MAX_HOLES, Arrivals


def opened(*, repair: bool = True) -> Arrivals:
    arrivals = Arrivals(90_000, repair=repair)
    arrivals.add(1000, 0, 0.0)
    return arrivals


def test_a_hole_is_asked_for_after_20_ms_or_2_packets_three_times_an_rtt_apart() -> None:
    arrivals = opened()
    arrivals.add(1002, 0, 0.001)
    assert arrivals.due(0.01) == []
    assert arrivals.due(0.021) == [1001]
    assert arrivals.due(0.1) == []
    assert arrivals.due(0.13) == [1001]
    assert arrivals.due(0.24) == [1001]
    assert arrivals.due(0.4) == []
    assert arrivals.holes == {}
    quick = opened()
    for number in (1002, 1003, 1004):
        quick.add(number, 0, 0.001)
    assert quick.due(0.002) == [1001]


def test_the_round_trip_is_learnt_from_repairs() -> None:
    arrivals = opened()
    arrivals.add(1002, 0, 0.0)
    assert arrivals.due(0.02) == [1001]
    assert arrivals.add_repaired(1001, 0.04) == 65_536 + 1001
    arrivals.add(1004, 0, 1.0)
    assert arrivals.due(1.02) == [1003]
    assert arrivals.due(1.09) == []
    assert arrivals.due(1.101) == [1003]


def test_a_repair_that_nobody_waits_for_is_told_from_one_that_is() -> None:
    assert Arrivals(90_000, repair=True).add_repaired(5, 0.0) == -1
    arrivals = opened()
    assert arrivals.add_repaired(999, 0.0) == -1
    assert arrivals.add_repaired(1005, 0.0) == -1
    arrivals.add(1002, 0, 0.0)
    assert arrivals.is_missing(1001)
    assert not arrivals.is_missing(1002)


def test_too_many_holes_are_not_remembered() -> None:
    arrivals = opened()
    arrivals.add(1000 + MAX_HOLES + 2, 0, 0.0)
    assert arrivals.holes == {}
    assert arrivals.take_much_lost()
    assert not arrivals.take_much_lost()


def test_a_repair_stays_lost_in_the_report_and_a_late_packet_does_not() -> None:
    arrivals = opened()
    arrivals.add(1004, 0, 0.0)
    arrivals.add(1002, 0, 0.0)
    arrivals.add_repaired(1003, 0.0)
    block = arrivals.report(7, 1.0)
    assert (block.ssrc, block.lost, block.highest) == (7, 2, 1004)
    assert block.fraction_lost == 2 * 256 // 5
    assert arrivals.report(7, 2.0).fraction_lost == 0


def test_the_last_sender_report_is_named() -> None:
    arrivals = opened()
    arrivals.sender_reported(0x1234_5678_9ABC_DEF0, 1.0)
    block = arrivals.report(7, 1.5)
    assert (block.last_report, block.delay) == (0x5678_9ABC, 32_768)


def test_holes_of_sound_are_not_remembered() -> None:
    arrivals = opened(repair=False)
    arrivals.add(1005, 0, 0.0)
    assert arrivals.holes == {}


def test_a_hole_that_is_too_old_is_forgotten() -> None:
    arrivals = opened()
    arrivals.add(1002, 0, 0.0)
    assert arrivals.due(3.0) == []
    assert arrivals.holes == {}


def test_one_asking_fits_into_a_packet() -> None:
    arrivals = opened()
    arrivals.add(1000 + 301, 0, 0.0)
    assert len(arrivals.due(0.02)) == 200
    assert len(arrivals.due(0.04)) == 100
