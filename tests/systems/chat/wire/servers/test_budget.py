"""What strangers may make us do."""

from allmende.systems.chat.wire.servers import budget
from allmende.systems.chat.wire.servers.budget import Budget


class Hand:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_domain_gets_so_much_in_a_time_that_moves_along() -> None:
    now = Hand()
    taking = Budget(2, 100, 60, now)
    assert [taking.take("a.example") for _ in range(3)] == [True, True, False]
    assert taking.take("b.example")
    now.at = 59.9
    assert not taking.take("a.example")
    now.at = 60
    assert [taking.take("a.example") for _ in range(3)] == [True, True, False]


def test_all_together_get_so_much() -> None:
    taking = Budget(5, 8, 60, Hand())
    taken = [name for name in "abcdefgh" for _ in range(3) if taking.take(name)]
    assert "".join(taken) == "aaabbbcc"


def test_the_numbers_are_those_of_the_specification() -> None:
    calls, requests = budget.calls(Hand()), budget.requests(Hand())
    assert [calls.take("a") for _ in range(6)].count(True) == 5
    assert [requests.take("a") for _ in range(60)].count(True) == 50
    assert [requests.take(str(n)) for n in range(500)].count(True) == 450


def test_it_remembers_a_bounded_number_of_domains() -> None:
    taking = Budget(1, 10**9, 60, Hand())
    assert all(taking.take(str(number)) for number in range(budget.MAX_DOMAINS + 1))
    assert taking.take("0")
    assert not taking.take(str(budget.MAX_DOMAINS))
