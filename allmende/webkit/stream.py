"""One live page: what waits for it, and the words of Server-Sent Events (HTML, 9.2)."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from allmende.core.accounts import Caller
from allmende.core.events import Fact, Signal
from allmende.core.ids import FactId, RoomId
from allmende.core.parts import LiveView

MAX_WAITING: Final = 256
MAX_WAITING_BYTES: Final = 1_048_576
STALLED_S: Final = 30.0
"""A page that takes no byte for so long is let go; it comes back by itself and replays."""

RELOAD: Final = b"event: reload\ndata: {}\n\n"


class StreamEnded(Exception):
    """Nothing will come any more: the page left, or was let go."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event on its way to one page. Signals have no number."""

    view: LiveView
    event: Fact | Signal
    number: FactId | None
    size_bytes: int


class Stream:
    """The queue of one page. Nothing is translated into JSON before its turn comes."""

    def __init__(self, caller: Caller, room_id: RoomId) -> None:
        self.caller = caller
        self.room_id = room_id
        self.overflowed = False
        self._waiting: deque[Waiting] = deque()
        self._waiting_bytes = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, item: Waiting) -> None:
        """Add an event; with too many of them all are dropped and the page has to load again."""
        if self._ended:
            return
        self._waiting.append(item)
        self._waiting_bytes += item.size_bytes
        if len(self._waiting) > MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
            self.overflowed = True
            self.end()
        self._changed.set()

    def end(self) -> None:
        """Stop: what waits is forgotten."""
        self._ended = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self._changed.set()

    async def next(self, patience_s: float) -> Waiting | None:
        """Return the next event, or None after ``patience_s`` without one. Raises StreamEnded."""
        if not self._waiting and not self._ended:
            self._changed.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._changed.wait()
            except TimeoutError:
                return None
        if self._ended:
            raise StreamEnded
        item = self._waiting.popleft()
        self._waiting_bytes -= item.size_bytes
        return item


def frame(name: str, value: object, number: FactId | None) -> bytes:
    """Return one event. JSON has no line breaks of its own, so one ``data`` line is enough."""
    head = b"" if number is None else b"id: %d\n" % number
    return head + b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"


def heartbeat(number: FactId | None) -> bytes:
    """Return a comment that keeps the line open; a number besides moves the page's cursor."""
    return b": still here\n\n" if number is None else b": still here\nid: %d\n\n" % number


class StreamResponse(Response):
    """An answer that goes on until the page leaves or ``frames`` end."""

    def __init__(self, stream: Stream, frames: AsyncGenerator[bytes, None]) -> None:
        super().__init__(
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            media_type="text/event-stream",
        )
        del self.headers["content-length"]
        self._stream = stream
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the frames; whichever way it ends, the stream is ended."""
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        try:
            async with asyncio.TaskGroup() as group:
                leaving = group.create_task(self._watch_for_leaving(receive))
                if scope["method"] != "HEAD":
                    await self._send_all(send)
                leaving.cancel()
        finally:
            self._stream.end()

    async def _send_all(self, send: Send) -> None:
        try:
            async with aclosing(self._frames) as frames:
                async for data in frames:
                    async with asyncio.timeout(STALLED_S):
                        await send(_body(data, more=True))
            await send(_body(b"", more=False))
        except (TimeoutError, OSError):
            return

    async def _watch_for_leaving(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.end()


def _body(data: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
