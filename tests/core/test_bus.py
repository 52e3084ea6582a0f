import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from allmende.core.bus import Bus
from allmende.core.events import Fact, Signal
from allmende.core.ids import FactId

AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Fact):
    """Something was said."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Signal):
    """Somebody types."""

    number: int


def test_a_fact_reaches_those_who_watch_its_kind_in_the_order_of_watching() -> None:
    bus, heard = Bus(print), list[tuple[str, int, int]]()

    async def first(fact_id: FactId, fact: Said) -> None:
        heard.append(("first", fact_id, fact.number))

    async def second(fact_id: FactId, fact: Said) -> None:
        heard.append(("second", fact_id, fact.number))

    bus.watch(Said, first)
    bus.watch(Said, second)
    asyncio.run(bus.deliver(FactId(7), Said(at=AT, number=1)))
    assert heard == [("first", 7, 1), ("second", 7, 1)]


def test_a_handler_that_fails_is_reported_and_hurts_no_other() -> None:
    failures, heard = list[BaseException](), list[int]()
    bus = Bus(failures.append)
    failure = ValueError()

    async def fails(_: FactId, __: Said) -> None:
        raise failure

    async def hears(_: FactId, fact: Said) -> None:
        heard.append(fact.number)

    def signal_fails(_: Typing) -> None:
        raise failure

    bus.watch(Said, fails)
    bus.watch(Said, hears)
    bus.watch_signal(Typing, signal_fails)
    bus.watch_signal(Typing, lambda signal: heard.append(signal.number))
    asyncio.run(bus.deliver(FactId(1), Said(at=AT, number=1)))
    bus.publish(Typing(number=2))
    assert failures == [failure, failure]
    assert heard == [1, 2]


def test_what_nobody_watches_goes_nowhere() -> None:
    bus = Bus(print)
    bus.publish(Typing(number=1))
    asyncio.run(bus.deliver(FactId(1), Said(at=AT, number=1)))


def test_a_name_subscribes_once_to_a_kind_and_its_handlers_are_the_relays() -> None:
    failures = list[BaseException]()
    bus = Bus(failures.append)

    async def hears(_: FactId, __: Said) -> None:
        raise AssertionError("told by the relay alone")

    bus.subscribe(Said, "chat.rooms", hears)
    with pytest.raises(ValueError, match=r"chat\.rooms subscribes twice to Said"):
        bus.subscribe(Said, "chat.rooms", hears)
    bus.subscribe(Said, "pads.rooms", hears)
    assert bus.subscribed() == {"chat.rooms": {Said: hears}, "pads.rooms": {Said: hears}}
    asyncio.run(bus.deliver(FactId(1), Said(at=AT, number=1)))
    failure = ValueError()
    bus.failed(failure)
    assert failures == [failure]
