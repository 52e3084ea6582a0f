"""Tells handlers inside this process what happened. Who tells it: the relay and the systems.

A handler that fails is reported to ``on_failure`` and hurts no other. There is no veto, no
priority, no wildcard and no return value (architecture, A13).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from allmende.core.events import Fact, Signal
from allmende.core.ids import FactId

F = TypeVar("F", bound=Fact)
S = TypeVar("S", bound=Signal)

FactHandler = Callable[[FactId, Any], Awaitable[None]]
SignalHandler = Callable[[Any], None]
OnFailure = Callable[[BaseException], None]


class Bus:
    """Hands facts and signals to those who asked for their kind."""

    def __init__(self, on_failure: OnFailure) -> None:
        self._facts: dict[type[Fact], list[FactHandler]] = defaultdict(list)
        self._signals: dict[type[Signal], list[SignalHandler]] = defaultdict(list)
        self._on_failure = on_failure

    def watch(self, kind: type[F], handler: Callable[[FactId, F], Awaitable[None]]) -> None:
        """Call ``handler`` for each fact of ``kind`` from now on, on every node."""
        self._facts[kind].append(handler)

    def watch_signal(self, kind: type[S], handler: Callable[[S], None]) -> None:
        """Call ``handler`` at once for each signal of ``kind``. It must not wait."""
        self._signals[kind].append(handler)

    def publish(self, signal: Signal) -> None:
        """Hand ``signal`` to those who watch its kind."""
        for handler in self._signals[type(signal)]:
            try:
                handler(signal)
            except Exception as failure:
                self._on_failure(failure)

    async def deliver(self, fact_id: FactId, fact: Fact) -> None:
        """Hand a stored fact to its watchers, one after the other. For the relay only."""
        for handler in self._facts[type(fact)]:
            try:
                await handler(fact_id, fact)
            except Exception as failure:
                self._on_failure(failure)
