"""Numbers of connections."""

import pytest

from allmende.core.errors import QuotaExceeded
from allmende.systems.voice.service.sessions import MAX_SESSION, REST_S, Sessions
from tests.identity.town import HandClock


def test_numbers_are_small_enough_and_each_is_given_once() -> None:
    sessions = Sessions(HandClock())
    given = [sessions.take() for _ in range(MAX_SESSION)]
    assert sorted(given) == list(range(1, MAX_SESSION + 1))
    with pytest.raises(QuotaExceeded, match=r"voice\.server-full"):
        sessions.take()


def test_a_number_rests_before_somebody_else_has_it() -> None:
    clock = HandClock()
    sessions = Sessions(clock)
    given = [sessions.take() for _ in range(MAX_SESSION)]
    sessions.give_back(given[7])
    clock.turn(seconds=REST_S - 1)
    with pytest.raises(QuotaExceeded):
        sessions.take()
    clock.turn(seconds=1)
    assert sessions.take() == given[7]
