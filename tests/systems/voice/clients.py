"""Clients of Mumble in memory: what they send and what they are told."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import TypeVar

from allmende.protocols.mumble.framing import MAX_AFTER_LOGIN, FrameReader, frame, raw_frame
from allmende.protocols.mumble.messages import (
    UDP_TUNNEL,
    Authenticate,
    Message,
    PermissionDenied,
    Ping,
    ServerSync,
    TextMessage,
    UserState,
    Version,
    decode,
)
from allmende.protocols.mumble.version import Release, pack_v1

M = TypeVar("M")

OLD = Version(version_v1=pack_v1(Release(1, 3, 4)), release="1.3.4", os="Linux")
WITHIN_S = 5.0


class FakeStream:
    """A connection without a network; the other end is `Client`."""

    def __init__(self, certificate: bytes | None, source_key: str) -> None:
        self.crowded = False
        self.closed = False
        self.source = "192.0.2.7"
        self.source_key = source_key
        self.certificate = certificate
        self.is_in = False
        self.written = bytearray()
        self.news = asyncio.Event()
        self._coming: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return b"" if self.closed else await self._coming.get()

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.written += data
            self.news.set()

    async def room(self) -> None:
        """It is never crowded for longer."""

    def signed_in(self) -> None:
        self.is_in = True

    def close(self) -> None:
        self.closed = True
        self._coming.put_nowait(b"")
        self.news.set()

    def come(self, data: bytes) -> None:
        self._coming.put_nowait(data)


class Client:
    """A program at the other end. ``heard`` is all it was told, in order."""

    def __init__(self, stream: FakeStream) -> None:
        self.stream = stream
        self.heard: list[Message] = []
        self.voice: list[bytes] = []
        self.users: dict[int, UserState] = {}
        self._reader = FrameReader(MAX_AFTER_LOGIN)
        self._numbers = count(1)
        self._seen = 0

    # --- out ----------------------------------------------------------------------------

    def send(self, *messages: Message) -> None:
        self.stream.come(b"".join(frame(message) for message in messages))

    def send_raw(self, kind: int, payload: bytes) -> None:
        self.stream.come(raw_frame(kind, payload))

    def authenticate(self, name: str, password: str = "", *, tokens: Sequence[str] = ()) -> None:
        self.send(Authenticate(username=name, password=password, opus=True, tokens=tuple(tokens)))

    def hang_up(self) -> None:
        self.stream.close()

    # --- in -----------------------------------------------------------------------------

    def take(self) -> None:
        """Read what was written so far."""
        data = bytes(self.stream.written)
        self.stream.written.clear()
        for each in self._reader.receive(data):
            if each.kind == UDP_TUNNEL:
                self.voice.append(each.payload)
            else:
                self.heard.append(decode(each.kind, each.payload))

    async def until(self, kind: type[M]) -> M:
        """Wait for the next message of a kind that was not looked at yet."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                self.take()
                for number in range(self._seen, len(self.heard)):
                    message = self.heard[number]
                    if isinstance(message, kind):
                        self._seen = number + 1
                        return message
                if self.stream.closed:
                    raise AssertionError(f"closed before {kind.__name__}: {self.heard}")
                self.stream.news.clear()
                await self.stream.news.wait()

    async def closed(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not self.stream.closed:
                self.stream.news.clear()
                await self.stream.news.wait()
        self.take()

    async def barrier(self) -> list[Message]:
        """Let the server answer all that was sent; return what is new since the last time."""
        number = next(self._numbers)
        begin = self._seen
        self.send(Ping(timestamp=number))
        while True:
            answer = await self.until(Ping)
            if answer.timestamp == number:
                break
        return [m for m in self.heard[begin : self._seen] if not isinstance(m, Ping)]

    # --- looked up ----------------------------------------------------------------------

    def all_of(self, kind: type[M]) -> list[M]:
        self.take()
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def session(self) -> int:
        session = self.all_of(ServerSync)[-1].session
        assert session is not None
        return session

    def texts(self) -> list[str]:
        return [message.message for message in self.all_of(TextMessage)]

    def denials(self) -> list[str]:
        return [message.reason or "" for message in self.all_of(PermissionDenied)]

    def everything(self) -> bytes:
        """All bytes it was ever told, for searches."""
        self.take()
        return b"".join(frame(message) for message in self.heard)
