"""A push service on loopback: takes requests over TLS and remembers them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h11

from allmende.core.clock import SystemClock
from allmende.transports import tls


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Answers with ``status``. ``came`` is set by each request."""

    port: int
    authority: Path
    received: list[Received] = field(default_factory=list)
    status: int = 201
    answer_bytes: int = 0
    extra: list[tuple[str, str]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def endpoint(self, name: str = "one") -> str:
        return f"https://localhost:{self.port}/send/{name}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, many requests."""
        wire = h11.Connection(h11.SERVER)
        try:
            while await self._one(wire, reader, writer):
                wire.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(
        self, wire: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request, body = None, b""
        while True:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                wire.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                break
            else:
                return False
        headers = {name.decode(): value.decode() for name, value in request.headers}
        self.received.append(Received(request.target.decode(), headers, body))
        self.came.set()
        answer = h11.Response(
            status_code=self.status,
            headers=[("content-length", str(self.answer_bytes)), *self.extra],
        )
        writer.write(wire.send(answer) or b"")
        writer.write(wire.send(h11.Data(data=bytes(self.answer_bytes))) or b"")
        writer.write(wire.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        return wire.our_state is h11.DONE


@asynccontextmanager
async def push_service(folder: Path) -> AsyncIterator[PushService]:
    """Serve on a free port of loopback with a certificate for localhost."""
    files = tls.own_certificate(folder, ["localhost"], SystemClock())
    service = PushService(0, files.authority)
    server = await asyncio.start_server(
        service.serve, "127.0.0.1", 0, ssl=tls.context_of(files.certificate, files.key)
    )
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
