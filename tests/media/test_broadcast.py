"""Events to many listeners."""

import asyncio
from collections.abc import AsyncIterator

from allmende.media.broadcast import MAX_EVENTS, Broadcast


def test_everybody_hears_everything_from_the_moment_they_listen() -> None:
    async def story() -> None:
        broadcast: Broadcast[int] = Broadcast()
        broadcast.tell(0)
        early = broadcast.listen()
        broadcast.tell(1)
        late = broadcast.listen()
        waiting = asyncio.ensure_future(_some(early, 3))
        await asyncio.sleep(0)
        for number in (2, 3):
            broadcast.tell(number)
        assert await waiting == [1, 2, 3]
        assert await _some(late, 2) == [2, 3]

    asyncio.run(story())


def test_who_is_far_behind_loses_the_oldest_and_who_has_gone_is_forgotten() -> None:
    async def story() -> None:
        broadcast: Broadcast[int] = Broadcast()
        slow = broadcast.listen()
        for number in range(MAX_EVENTS + 5):
            broadcast.tell(number)
        assert await _some(slow, 1) == [5]
        del slow
        assert broadcast.listeners == 0

    asyncio.run(story())


async def _some(events: AsyncIterator[int], count: int) -> list[int]:
    return [await anext(events) for _ in range(count)]
