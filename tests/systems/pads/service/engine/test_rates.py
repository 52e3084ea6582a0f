"""A link is counted by itself, however many use it."""

from allmende.systems.pads.service.engine.rates import MAX_KEYS, Rates


def test_a_burst_then_so_many_in_a_second() -> None:
    rates = Rates(burst=2, per_s=1)
    assert [rates.take("link", 0.0) for _ in range(3)] == [True, True, False]
    assert [rates.take("link", 1.0) for _ in range(2)] == [True, False]
    assert [rates.take("link", 100.0) for _ in range(3)] == [True, True, False]


def test_links_do_not_hold_up_each_other() -> None:
    rates = Rates(burst=1, per_s=1)
    assert rates.take("one", 0.0)
    assert rates.take("other", 0.0)
    assert not rates.take("one", 0.0)


def test_the_link_not_used_for_longest_is_forgotten_first() -> None:
    rates = Rates(burst=1, per_s=0)
    assert rates.take(-1, 0.0)
    for key in range(MAX_KEYS):
        rates.take(key, 0.0)
    assert rates.take(-1, 0.0)
