"""Tells handlers inside this process what happened. Who tells it: the relay and the systems.

``watch`` hears what happens from now on, on every node. ``subscribe`` hears each fact once for
the whole site, resumed after a stop from where it was: also what happened meanwhile, and what
the command line did. Its handlers are idempotent, since a fact may come twice.

A handler that fails is reported to ``on_failure`` and hurts no other. There is no veto, no
priority, no wildcard and no return value (architecture, A13).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
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
        self._subscribed: dict[str, dict[type[Fact], FactHandler]] = defaultdict(dict)
        self._on_failure = on_failure

    def watch(self, kind: type[F], handler: Callable[[FactId, F], Awaitable[None]]) -> None:
        """Call ``handler`` for each fact of ``kind`` from now on, on every node."""
        self._facts[kind].append(handler)

    def subscribe(
        self, kind: type[F], name: str, handler: Callable[[FactId, F], Awaitable[None]]
    ) -> None:
        """Call ``handler`` for each fact of ``kind``, also for those while this was not running.

        ``name`` is what its place in the log is kept under, like ``chat.rooms``; kinds under one
        name are told one after the other, in their order. A fact whose handler fails is told
        again later, and those behind it do not wait. Raises ValueError for a name that has the
        kind already. Call it while the parts are put together.
        """
        kinds = self._subscribed[name]
        if kind in kinds:
            raise ValueError(f"{name} subscribes twice to {kind.__name__}")
        kinds[kind] = handler

    def subscribed(self) -> Mapping[str, Mapping[type[Fact], FactHandler]]:
        """Return the handlers of ``subscribe`` by name and kind. For the relay only."""
        return self._subscribed

    def failed(self, failure: BaseException) -> None:
        """Report what a handler failed with. For the relay only."""
        self._on_failure(failure)

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
