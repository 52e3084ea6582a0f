import asyncio

from allmende.media.signal.limits import QUEUE_MESSAGES
from allmende.media.signal.outbox import Outbox, leave_frame
from allmende.protocols.livekit.messages import DisconnectReason, LeaveRequest, SignalResponse
from tests.media.signal.stage import FakeSocket

LAST = leave_frame(LeaveRequest.DISCONNECT, DisconnectReason.ROOM_DELETED)


async def _written(outbox: Outbox, socket: FakeSocket) -> list[bytes]:
    await outbox.run(socket)
    frames = []
    while (frame := socket.to_client.get_nowait()) is not None:
        frames.append(frame)
    return frames


def test_frames_keep_their_order_and_the_last_word_is_last() -> None:
    async def story() -> None:
        outbox = Outbox()
        outbox.put(b"1")
        outbox.send(SignalResponse(pong=2))
        outbox.finish(LAST)
        outbox.put(b"too late")
        outbox.finish(b"twice")
        assert outbox.finished
        pong = SignalResponse(pong=2).SerializeToString()
        assert await _written(outbox, FakeSocket()) == [b"1", pong, LAST]

    asyncio.run(story())


def test_too_many_or_too_large_frames_become_one_leave() -> None:
    async def story(frames: list[bytes]) -> None:
        outbox = Outbox()
        for frame in frames:
            outbox.put(frame)
        assert outbox.finished
        (last,) = await _written(outbox, FakeSocket())
        assert SignalResponse.FromString(last).leave.action == LeaveRequest.RECONNECT

    asyncio.run(story([b"x"] * (QUEUE_MESSAGES + 1)))
    asyncio.run(story([b"x" * 600_000] * 2))


def test_what_was_written_counts_no_more() -> None:
    async def story() -> None:
        outbox, socket = Outbox(), FakeSocket()
        running = asyncio.ensure_future(outbox.run(socket))
        for _ in range(5):
            outbox.put(b"x" * 600_000)
            await socket.to_client.get()
        assert not outbox.finished
        outbox.finish()
        await running

    asyncio.run(story())


def test_a_closed_socket_ends_the_writing() -> None:
    async def story() -> None:
        outbox, socket = Outbox(), FakeSocket()
        await socket.close(1000)
        outbox.put(b"x")
        await outbox.run(socket)
        assert outbox.finished

    asyncio.run(story())
