"""What a stream of XMPP runs on, and how events come out of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from allmende.protocols.xml.tree import Element
from allmende.protocols.xmpp.errors import stream_error
from allmende.protocols.xmpp.stream import Closed, Event, Failed, Opened
from allmende.systems.chat.wire.framing import Framing

BYTES_PER_S: Final = 64 * 1024
BURST_BYTES: Final = 1024 * 1024
STANZAS_PER_S: Final = 60
BURST_STANZAS: Final = 200


@dataclass(frozen=True, slots=True)
class Speed:
    """How much is read of one stream: beyond it reading waits."""

    bytes_per_s: int = BYTES_PER_S
    burst_bytes: int = BURST_BYTES
    stanzas_per_s: int = STANZAS_PER_S
    burst_stanzas: int = BURST_STANZAS


OF_CLIENTS: Final = Speed()


class Line(Protocol):
    """One connection: `transports.tcp.TcpConnection`, or a WebSocket."""

    source_key: str
    closed: bool

    @property
    def secure(self) -> bool:
        """Whether it is encrypted, here or by what stands before us."""
        ...

    @property
    def has_unread(self) -> bool:
        """Whether something came that nobody has read."""
        ...

    def bindings(self) -> Mapping[str, bytes]:
        """Return the data of channel bindings by type."""
        ...

    async def read(self) -> bytes:
        """Return what has come; nothing when it is over."""
        ...

    def write(self, data: bytes) -> None:
        """Send; never waits."""
        ...

    def start_tls(self) -> None:
        """Encrypt from the next byte on."""
        ...

    def signed_in(self) -> None:
        """Count it no more among those that wait."""
        ...

    def close(self) -> None:
        """Send what waits, then end."""
        ...


class StreamEnded(Exception):
    """This stream is over; what had to be said about that was said."""


class Pace:
    """A bucket: how long to wait before reading on. Nothing is dropped."""

    __slots__ = ("_burst", "_full", "_per_s", "_since_s")

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._full = burst
        self._since_s = now_s

    def take(self, amount: float, now_s: float) -> float:
        """Take ``amount``; return the seconds until the bucket is above zero again."""
        self._full = min(self._burst, self._full + (now_s - self._since_s) * self._per_s)
        self._since_s = now_s
        self._full -= amount
        return max(0.0, -self._full / self._per_s)


class Dialogue:
    """Both directions of one stream on a line. It is a `outlet.Wire`."""

    def __init__(
        self,
        line: Line,
        framing: Framing,
        header: Callable[[], Mapping[str, str]],
        speed: Speed = OF_CLIENTS,
    ) -> None:
        self.line, self.framing = line, framing
        self._header = header
        self._events: deque[Event] = deque()
        self._opened = False
        self._ended = False
        now_s = self._now_s()
        self._bytes = Pace(speed.bytes_per_s, speed.burst_bytes, now_s)
        self._stanzas = Pace(speed.stanzas_per_s, speed.burst_stanzas, now_s)

    @property
    def namespace(self) -> str | None:
        """What is declared on each stanza."""
        return self.framing.namespace

    def write(self, data: bytes) -> None:
        """Send a stanza, or several."""
        if not self._ended:
            self.line.write(data)

    def say(self, root: Element) -> None:
        """Send an element of the negotiation."""
        self.write(self.framing.write(root))

    def open(self) -> None:
        """Send our header."""
        self._opened = True
        self.write(self.framing.header(self._header()))

    def restart(self) -> None:
        """Expect a new header. Raises StreamEnded if something came too early."""
        self._opened = False
        if self._events or not self.framing.restart():
            self.end("policy-violation", "something came before it was asked for")
            raise StreamEnded

    async def event(self) -> Event:
        """Return what comes next; Opened, Stanza or Closed. Raises StreamEnded."""
        while not self._events:
            data = await self.line.read()
            if not data:
                self._ended = True
                raise StreamEnded
            await self._wait(self._bytes.take(len(data), self._now_s()))
            self._events.extend(self.framing.receive(data))
        event = self._events.popleft()
        if isinstance(event, Failed):
            self.end(event.condition)
            raise StreamEnded
        if not isinstance(event, Opened | Closed):
            await self._wait(self._stanzas.take(1, self._now_s()))
        return event

    def end(self, condition: str, text: str = "", more: Element | None = None) -> None:
        """Close the stream with an error (RFC 6120, 4.9)."""
        if self._ended:
            return
        if not self._opened:
            self.open()
        error = stream_error(condition, text)
        if more is not None:
            error = Element(error.name, error.attributes, [*error.content, more])
        self.say(error)
        self.close()

    def close(self) -> None:
        """Close the stream; nothing is sent after it."""
        if not self._ended:
            self.write(self.framing.footer())
            self._ended = True
            self.line.close()

    async def _wait(self, delay_s: float) -> None:
        if delay_s > 0:
            await asyncio.sleep(delay_s)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
