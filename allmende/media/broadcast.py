"""What happens, told to everybody who listens, each at its own pace."""

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, Generic, TypeVar

MAX_EVENTS: Final = 10_000
"""A listener that is so far behind has lost track anyway: the oldest are forgotten."""

Event = TypeVar("Event")


class _Ear(AsyncIterator[Event]):
    """What one listener has not heard yet."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque(maxlen=MAX_EVENTS)
        self._more = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Take an event."""
        self._waiting.append(event)
        self._more.set()

    async def __anext__(self) -> Event:
        while not self._waiting:
            self._more.clear()
            await self._more.wait()
        return self._waiting.popleft()


class Broadcast(Generic[Event]):
    """Events in their order to all who listen; who stops listening is forgotten."""

    def __init__(self) -> None:
        self._ears: weakref.WeakSet[_Ear[Event]] = weakref.WeakSet()

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._ears)

    def tell(self, event: Event) -> None:
        """Tell everybody."""
        for ear in self._ears:
            ear.hear(event)

    def listen(self) -> AsyncIterator[Event]:
        """Return what happens from this call on, also before it is first asked for."""
        ear: _Ear[Event] = _Ear()
        self._ears.add(ear)
        return ear
