"""A server with a small application, and somebody who talks to it byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from allmende.config import Limits
from allmende.core.errors import QuotaExceeded
from allmende.transports.asgi import Serving, serving

DEFAULT = Limits()


async def hello(request: Request) -> Response:
    return JSONResponse({"client": request.scope["client"], "scheme": request.url.scheme})


async def length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(str(len(socket.url.query)))
    await socket.close()


async def too_large(request: Request, refused: Exception) -> Response:
    return PlainTextResponse(str(refused), status_code=413)


def application(*more: Route) -> Starlette:
    return Starlette(
        routes=[
            Route("/", hello),
            Route("/length", length, methods=["POST"]),
            WebSocketRoute("/rtc/v1", echo),
            *more,
        ],
        exception_handlers={QuotaExceeded: too_large},
    )


@asynccontextmanager
async def served(
    limits: Limits = DEFAULT,
    proxies: Sequence[str] = (),
    app: Starlette | None = None,
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[Serving]:
    async with serving(
        app or application(),
        listen=["127.0.0.1"],
        port=0,
        limits=limits,
        trusted_proxies=proxies,
        context=context,
    ) as listeners:
        yield listeners


async def talk(port: int, *parts: bytes) -> bytes:
    """Send the parts, read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def get(path: str = "/", *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "host: localhost", "connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "connection: close", *headers]
    lines += [] if any("transfer" in h for h in headers) else [f"content-length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def ask(*parts: bytes, limits: Limits = DEFAULT, proxies: Sequence[str] = ()) -> bytes:
    async def body() -> bytes:
        async with served(limits, proxies) as listeners:
            return await talk(listeners.port, *parts)

    return asyncio.run(body())


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until it holds; the pace is the loop's, not the clock's."""
    async with asyncio.timeout(10):
        for _ in iter(holds, True):
            await asyncio.sleep(0)
