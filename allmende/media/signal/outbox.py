"""What waits to be written to one WebSocket. Bounded: who does not read starts anew."""

import asyncio
from collections import deque
from typing import Final, Protocol

from allmende.media.signal.limits import QUEUE_BYTES, QUEUE_MESSAGES
from allmende.protocols.livekit.messages import DisconnectReason, LeaveRequest, SignalResponse

_LAST_WORDS_S: Final = 5.0
_SEND_S: Final = 15.0
NORMAL_CLOSURE: Final = 1000  # RFC 6455, 7.4.1


class FrameSocket(Protocol):
    """A WebSocket that carries binary frames. A text frame is received as ``b""``."""

    async def receive(self) -> bytes | None:
        """Return the next frame; None: closed."""
        ...

    async def send(self, frame: bytes) -> None:
        """Write one frame. Raises OSError when it is closed."""
        ...

    async def close(self, code: int) -> None:
        """Close it. Closed already: nothing."""
        ...


def leave_frame(action: LeaveRequest.Action, reason: DisconnectReason) -> bytes:
    """Return the serialised ``leave``."""
    leave = LeaveRequest(action=action, reason=reason)
    return SignalResponse(leave=leave).SerializeToString()


class Outbox:
    """Frames in their order; ``run`` writes them."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._finished = False
        self._changed = asyncio.Event()

    @property
    def finished(self) -> bool:
        """Whether nothing more is taken."""
        return self._finished

    def put(self, frame: bytes) -> None:
        """Queue ``frame``. Over the bounds all is dropped for ``leave`` RECONNECT."""
        if self._finished:
            return
        full = len(self._frames) >= QUEUE_MESSAGES or self._bytes + len(frame) > QUEUE_BYTES
        if full:
            self._frames.clear()
            last = leave_frame(LeaveRequest.RECONNECT, DisconnectReason.UNKNOWN_REASON)
            self.finish(last)
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        self._changed.set()

    def send(self, message: SignalResponse) -> None:
        """Queue a message for this client alone."""
        self.put(message.SerializeToString())

    def finish(self, last: bytes = b"") -> None:
        """Write what is queued, then ``last``, then close."""
        if self._finished:
            return
        if last:
            self._frames.append(last)
        self._finished = True
        self._changed.set()

    async def run(self, socket: FrameSocket) -> None:
        """Write until finished, then close."""
        try:
            while not (self._finished and not self._frames):
                await self._changed.wait()
                self._changed.clear()
                await self._drain(socket)
        except (OSError, TimeoutError):
            self._finished = True
        finally:
            self._frames.clear()
        await socket.close(NORMAL_CLOSURE)

    async def _drain(self, socket: FrameSocket) -> None:
        while self._frames:
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            async with asyncio.timeout(_LAST_WORDS_S if self._finished else _SEND_S):
                await socket.send(frame)
