"""The way to one editor: an ordered queue with an end, and one task that empties it (P-9)."""

import asyncio
from collections import deque
from typing import Final

from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Capability
from allmende.systems.pads.service.engine.sockets import PadSocket
from allmende.systems.pads.service.engine.tickets import Ticket

TOO_SLOW: Final = 4408


class Connection:
    """What waits for one socket. ``send`` and ``close`` never wait.

    ``rechecked``: rights were asked again before it joined, and ``capability`` was the answer.
    """

    def __init__(self, socket: PadSocket, ticket: Ticket, limits: PadLimits) -> None:
        self.ticket = ticket
        self.joined = False
        self.rechecked = False
        self.capability: Capability | None = None
        self.code: int | None = None
        self._socket = socket
        self._limits = limits
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    @property
    def closing(self) -> bool:
        """Whether nothing more is taken."""
        return self.code is not None

    @property
    def waiting_bytes(self) -> int:
        """How much waits to be sent."""
        return self._bytes

    def send(self, data: bytes) -> bool:
        """Queue a message. False: too much waits already, and the connection closes now.

        A single message longer than the queue is let through: the first one is the whole text.
        """
        if self.closing:
            return True
        full = self._bytes + len(data) > self._limits.queue_bytes and self._queue
        if full or len(self._queue) >= self._limits.queue_messages:
            self._queue.clear()
            self._bytes = 0
            self.close(TOO_SLOW)
            return False
        self._queue.append(data)
        self._bytes += len(data)
        self._wake.set()
        return True

    def close(self, code: int) -> None:
        """Close after what is queued. Twice: the first code counts."""
        if self.code is None:
            self.code = code
            self._wake.set()

    async def receive(self) -> bytes | None:
        """Return the next message, None once the socket is closed."""
        return await self._socket.receive()

    async def write_all(self) -> None:
        """Send until closed. One task of each session."""
        try:
            while True:
                while self._queue:
                    data = self._queue.popleft()
                    self._bytes -= len(data)
                    await self._socket.send(data)
                if self.code is not None:
                    await self._socket.close(self.code)
                    return
                self._wake.clear()
                await self._wake.wait()
        except ConnectionError:
            self.close(1006)
