"""One control connection: frames in, frames out, and how it ends."""

import logging
from collections import Counter
from typing import Final, Protocol

from allmende.protocols.mumble.framing import frame
from allmende.protocols.mumble.messages import Message

_log: Final = logging.getLogger(__name__)


class Stream(Protocol):
    """What is below: `transports.tcp.TcpConnection`."""

    crowded: bool
    closed: bool
    source: str
    source_key: str

    @property
    def certificate(self) -> bytes | None:
        """What the client showed, as DER."""
        ...

    async def read(self) -> bytes:
        """Return what has come; nothing when the connection is over."""
        ...

    def write(self, data: bytes) -> None:
        """Send without waiting."""
        ...

    async def room(self) -> None:
        """Return when little waits to be sent, or the connection is over."""
        ...

    def signed_in(self) -> None:
        """Count this connection no more among those that wait."""
        ...

    def close(self) -> None:
        """Send what waits, then end."""
        ...


class Line:
    """The outlet of a leg. Voice for somebody who does not read is left out, and counted."""

    def __init__(self, stream: Stream, counts: Counter[str]) -> None:
        self.stream = stream
        self.counts = counts

    def send(self, frames: bytes) -> None:
        """Send whole frames."""
        self.stream.write(frames)

    def say(self, *messages: Message) -> None:
        """Send messages in one piece."""
        self.stream.write(b"".join(frame(message) for message in messages))

    async def say_in_turn(self, message: Message) -> None:
        """Send something that may be large, once little else waits."""
        await self.stream.room()
        self.say(message)

    def send_voice(self, voice: bytes) -> None:
        """Send a voice packet, unless too much waits to be sent."""
        if self.stream.crowded:
            self.counts["voice-dropped"] += 1
        else:
            self.stream.write(voice)

    def end(self) -> None:
        """Close once what was sent is out."""
        self.stream.close()
