import asyncio

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.ids import FactId
from allmende.webkit.stream import MAX_WAITING, Stream, StreamEnded, Waiting, frame, heartbeat
from tests.webkit.live_room import ROOM, VIEWS, Typing


def waiting(size_bytes: int = 1) -> Waiting:
    return Waiting(VIEWS[1], Typing(room_id=ROOM), None, size_bytes)


def test_frames_are_those_of_server_sent_events() -> None:
    text = "a\nb\r\u2028c"
    assert frame("chat.said", {"text": text}, FactId(3)) == (
        b'id: 3\nevent: chat.said\ndata: {"text":"a\\nb\\r\xe2\x80\xa8c"}\n\n'
    )
    assert frame("meet.call", {}, None) == b"event: meet.call\ndata: {}\n\n"
    assert (heartbeat(None), heartbeat(FactId(9))) == (
        b": still here\n\n",
        b": still here\nid: 9\n\n",
    )


def test_a_queue_is_read_in_order_and_then_waits() -> None:
    async def story() -> None:
        stream, first, second = Stream(STRANGER, ROOM), waiting(), waiting(2)
        stream.put(first)
        stream.put(second)
        assert await stream.next(1) is first
        assert await stream.next(1) is second
        assert await stream.next(0.001) is None

    asyncio.run(story())


@pytest.mark.parametrize(("count", "size_bytes"), [(MAX_WAITING + 1, 1), (11, 100_000)])
def test_a_full_queue_is_emptied_and_ended(count: int, size_bytes: int) -> None:
    async def story() -> None:
        stream = Stream(STRANGER, ROOM)
        for _ in range(count):
            stream.put(waiting(size_bytes))
        stream.put(waiting())
        assert stream.overflowed
        assert not stream._waiting
        with pytest.raises(StreamEnded):
            await stream.next(1)

    asyncio.run(story())


def test_ending_wakes_whoever_waits() -> None:
    async def story() -> None:
        stream = Stream(STRANGER, ROOM)
        asyncio.get_running_loop().call_soon(stream.end)
        with pytest.raises(StreamEnded):
            await stream.next(5)
        assert not stream.overflowed

    asyncio.run(story())
