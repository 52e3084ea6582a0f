"""Counting what went wrong."""

from allmende.identity.model.failures import MAX_KEYS, Failures


def test_after_so_many_one_waits_until_the_first_is_old_enough() -> None:
    failures = Failures(900.0)
    for at_s in (0.0, 10.0, 20.0):
        assert failures.wait_s("a", 3, at_s) == 0
        failures.count("a", 3, at_s)
    assert failures.wait_s("a", 3, 30.0) == 870
    assert failures.wait_s("b", 3, 30.0) == 0
    assert failures.wait_s("a", 3, 899.9) == 1
    assert failures.wait_s("a", 3, 900.0) == 0


def test_the_memory_is_bounded() -> None:
    failures = Failures(900.0)
    for number in range(MAX_KEYS + 1):
        failures.count(str(number), 1, 0.0)
    assert failures.wait_s("0", 1, 0.0) == 0
    assert failures.wait_s("1", 1, 0.0) == 900
