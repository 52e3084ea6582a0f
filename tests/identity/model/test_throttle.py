"""Guessing is slowed down, and nobody is ever locked out."""

import pytest

from allmende.core.errors import TooManyRequests
from allmende.identity.model.throttle import (
    CALLER_WINDOW_S,
    MAX_REMEMBERED,
    TRIES_PER_CALLER,
    TRIES_PER_NAME,
    Throttle,
)


def test_ten_failures_in_a_quarter_of_an_hour_are_enough_and_then_it_goes_on() -> None:
    throttle = Throttle()
    for _ in range(TRIES_PER_CALLER):
        throttle.require_patience("mara", "here", 0.0)
        throttle.failed("mara", "here", 0.0)
    with pytest.raises(TooManyRequests) as refused:
        throttle.require_patience("mara", "here", 1.0)
    assert refused.value.values["retry_after_s"] == CALLER_WINDOW_S - 1
    throttle.require_patience("mara", "elsewhere", 1.0)
    throttle.require_patience("juno", "here", 1.0)
    throttle.require_patience("mara", "here", CALLER_WINDOW_S + 1)


def test_a_name_that_is_attacked_from_everywhere_still_opens_for_its_person() -> None:
    throttle = Throttle()
    for number in range(TRIES_PER_NAME):
        throttle.failed("mara", f"bot {number}", 0.0)
    throttle.require_patience("mara", "home", 1.0)
    throttle.failed("mara", "home", 1.0)
    with pytest.raises(TooManyRequests):
        throttle.require_patience("mara", "home", 2.0)
    throttle.require_patience("mara", "home", 32.0)


def test_success_forgets_the_failures_of_this_caller() -> None:
    throttle = Throttle()
    for _ in range(TRIES_PER_CALLER):
        throttle.failed("mara", "here", 0.0)
    throttle.succeeded("mara", "here")
    throttle.require_patience("mara", "here", 0.0)


@pytest.mark.slow
def test_made_up_names_do_not_fill_the_memory() -> None:
    throttle = Throttle()
    for number in range(MAX_REMEMBERED + 10):
        throttle.failed(f"name {number}", "here", 0.0)
    assert len(throttle._by_name) == MAX_REMEMBERED
