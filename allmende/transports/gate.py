"""The last place that sees an address: what comes after gets a keyed hash of it.

``scope["client"]`` becomes ``(hash, 0)``. Bodies have a size and a pace (architecture, 14); a route
that takes larger ones says so before it reads, by what lies in ``scope["extensions"]``.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.config import Limits
from allmende.core.errors import QuotaExceeded
from allmende.transports.addresses import AddressKeys, Crowd, Proxies

ALLOW: Final = "allmende.allow-body"
_REQUEST_PARTS: Final = frozenset({"http.request"})


class Gate:
    """Outermost ASGI application: hides addresses, counts, and watches bodies."""

    def __init__(self, app: ASGIApp, limits: Limits, keys: AddressKeys, proxies: Proxies) -> None:
        self._app = app
        self._limits = limits
        self._keys = keys
        self._proxies = proxies
        self._forwarded = Crowd(limits.connections_per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            return
        place, forwarded = self._place(scope)
        scope["client"] = (place, 0)
        if forwarded and not self._forwarded.enter(place):
            await _refuse_crowd(scope, send)
            return
        try:
            if scope["type"] == "http":
                watched = _Body(scope, receive, send, self._limits)
                scope["extensions"] = {**(scope.get("extensions") or {}), ALLOW: watched.allow}
                await self._app(scope, watched.receive, watched.send)
            else:
                await self._app(scope, receive, send)
        finally:
            if forwarded:
                self._forwarded.leave(place)

    def _place(self, scope: Scope) -> tuple[str, bool]:
        """Return the hash of who asks, and whether a proxy speaks for them."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._proxies.trusts(peer):
            return self._keys.key_of(peer), False
        headers = dict(scope["headers"])
        forwarded_for = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        scheme = headers.get(b"x-forwarded-proto", b"").decode("latin-1").strip().lower()
        if scheme in ("http", "https"):
            secure = scheme == "https"
            plain = "ws" if scope["type"] == "websocket" else "http"
            scope["scheme"] = f"{plain}s" if secure else plain
        return self._keys.key_of(self._proxies.client_of(peer, forwarded_for)), True


class _Body:
    """The body of one request: counted, and given up when it is too slow."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._receive = receive
        self._send = send
        self._limits = limits
        self._most = limits.body_bytes
        self._announced = _announced(scope)
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._begun_s = self._clock()
        self._bytes = 0
        self._whole = False
        self._answered = False

    def allow(self, most: int) -> None:
        """Let this body be larger than others are."""
        self._most = max(self._most, most)

    async def receive(self) -> Message:
        """Return the next part. Raises QuotaExceeded ``web.body-too-large``."""
        if self._whole:
            return await self._receive()
        if self._announced > self._most:
            raise self._too_large()
        message = await self._next_in_time()
        if message["type"] in _REQUEST_PARTS:
            self._bytes += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._bytes > self._most:
                raise self._too_large()
        return message

    async def send(self, message: Message) -> None:
        """Pass on, unless this side answered already."""
        if not self._answered:
            await self._send(message)

    def _too_large(self, detail: str = "") -> QuotaExceeded:
        limit_kb = self._most // 1024
        return QuotaExceeded("web.body-too-large", detail=detail, limit_kb=limit_kb)

    async def _next_in_time(self) -> Message:
        """Wait as long as the pace allows: the slow time, or what the bytes so far have earned."""
        earned_s = self._bytes / self._limits.body_bytes_per_s
        until_s = self._begun_s + max(self._limits.body_slow_s, earned_s)
        try:
            async with asyncio.timeout_at(until_s):
                return await self._receive()
        except TimeoutError:
            await self._send(_start(408, [(b"connection", b"close")]))
            await self._send({"type": "http.response.body", "body": b""})
            self._answered = True
            raise QuotaExceeded(
                "web.body-too-large", detail="too slow", limit_kb=self._most // 1024
            ) from None


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _start(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    headers = [*headers, (b"content-length", b"0")]
    return {"type": "http.response.start", "status": status, "headers": headers}


async def _refuse_crowd(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013})
        return
    await send(_start(503, [(b"retry-after", b"10")]))
    await send({"type": "http.response.body", "body": b""})
