"""Tells a fact to all who want to hear of it, as the relay does."""

from allmende.core.bus import Bus
from allmende.core.events import Fact
from allmende.core.ids import FactId


async def tell(bus: Bus, fact: Fact, number: int = 1) -> None:
    """Hand ``fact`` to those who watch its kind, and to those who subscribed to it."""
    fact_id = FactId(number)
    await bus.deliver(fact_id, fact)
    for handlers in bus.subscribed().values():
        handler = handlers.get(type(fact))
        if handler is not None:
            await handler(fact_id, fact)
