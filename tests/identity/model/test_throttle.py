"""Guessing is slowed down, and nobody is ever locked out."""

import pytest

from allmende.core.errors import TooManyRequests
from allmende.identity.model.throttle import (
    CALLER_WINDOW_S,
    MAX_REMEMBERED,
    NAME_WINDOW_S,
    SLOW_GAP_S,
    TRIES_PER_CALLER,
    TRIES_PER_NAME,
    Throttle,
)


def failures(throttle: Throttle, number: int, caller: str, at_s: float = 0.0) -> None:
    for _ in range(number):
        throttle.failed("mara", caller, at_s)


def refused(throttle: Throttle, caller: str, at_s: float, **more: bool) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as refusal:
        throttle.require_patience("mara", caller, at_s, **more)
    return refusal.value


def test_ten_failures_in_a_quarter_of_an_hour_are_enough_and_then_it_goes_on() -> None:
    throttle = Throttle()
    for _ in range(TRIES_PER_CALLER):
        throttle.require_patience("mara", "here", 0.0)
        throttle.failed("mara", "here", 0.0)
    assert refused(throttle, "here", 1.0).values["retry_after_s"] == SLOW_GAP_S - 1
    throttle.require_patience("mara", "elsewhere", 1.0)
    throttle.require_patience("juno", "here", 1.0)
    throttle.require_patience("mara", "here", CALLER_WINDOW_S + 1)


def test_after_that_a_try_costs_work_and_thirty_seconds() -> None:
    throttle = Throttle()
    failures(throttle, TRIES_PER_CALLER, "here")
    assert refused(throttle, "here", 29.0, worked=True).message_id == "identity.try-later"
    assert refused(throttle, "here", 31.0).message_id == "identity.work-first"
    throttle.require_patience("mara", "here", 31.0, worked=True)


def test_a_name_that_is_attacked_from_everywhere_costs_work_for_everybody_unknown() -> None:
    throttle = Throttle()
    for number in range(TRIES_PER_NAME):
        failures(throttle, 1, f"bot {number}")
    assert refused(throttle, "home", 1.0).message_id == "identity.work-first"
    throttle.require_patience("mara", "home", 1.0, worked=True)
    failures(throttle, 1, "home", 1.0)
    assert refused(throttle, "home", 2.0, worked=True).values["retry_after_s"] == 29
    throttle.require_patience("mara", "home", NAME_WINDOW_S + 1.0)


def test_a_known_device_answers_for_its_own_failures_alone() -> None:
    throttle = Throttle()
    for number in range(10 * TRIES_PER_NAME):
        failures(throttle, 1, f"bot {number}")
    throttle.require_patience("mara", "device 1", 1.0, known=True)
    failures(throttle, TRIES_PER_CALLER, "device 1", 1.0)
    refused(throttle, "device 1", 2.0, known=True)
    throttle.require_patience("mara", "device 1", 32.0, known=True, worked=True)


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
