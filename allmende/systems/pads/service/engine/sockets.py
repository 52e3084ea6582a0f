"""What the engine needs of its surroundings."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from allmende.systems.pads.model.pad import Capability, Pad
from allmende.systems.pads.model.sessions import Origin

T = TypeVar("T")

Rights = Callable[[Pad, Origin], Awaitable[Capability | None]]
"""What an origin may do with a pad now; None: nothing."""

Sentence = Callable[[str, str], str]
"""Message id and language -> text."""


class PadSocket(Protocol):
    """One connection that carries whole binary messages."""

    async def receive(self) -> bytes | None:
        """Return the next message, None once it is closed. Text comes as an empty message."""
        ...

    async def send(self, data: bytes) -> None:
        """Send one message. Raises ConnectionError when it is closed."""
        ...

    async def close(self, code: int) -> None:
        """Close with ``code``; closed already: nothing."""
        ...


class Threads(Protocol):
    """Where work goes that keeps a processor busy."""

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns. Raises Unavailable ``web.busy``."""
        ...
