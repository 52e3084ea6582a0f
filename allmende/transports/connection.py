"""One connection: uvicorn's HTTP and WebSocket protocols with our limits.

A header block has a size and a time, an address has a number of connections (architecture, 14).
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import ServerState

from allmende.config import Limits
from allmende.transports.addresses import AddressKeys, Crowd, Proxies

_RTC: Final = b"/rtc/v1"


class Listening(uvicorn.Config):
    """uvicorn's settings and what our connections need besides."""

    def __init__(
        self,
        app: Any,
        *,
        limits: Limits,
        crowd: Crowd,
        keys: AddressKeys,
        proxies: Proxies,
        **settings: Any,
    ) -> None:
        super().__init__(app, **settings)
        self.limits = limits
        self.crowd = crowd
        self.keys = keys
        self.proxies = proxies


class _HeaderRefused(Exception):
    """Ends the parser from within one of its callbacks."""


class WebSocketConnection(WSProtocol):
    """uvicorn's, which is told when the connection it took over is lost."""

    left: "HttpConnection | None" = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Count one connection less."""
        super().connection_lost(exc)
        if self.left is not None:
            self.left.leave()


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, with limits on headers and connections."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        if not isinstance(config, Listening):
            raise TypeError("HttpConnection needs Listening")
        self._listening = config
        self._place: str | None = None
        self._header_timer: asyncio.TimerHandle | None = None
        self._in_header = True
        self._in_body = False
        self._header_bytes = 0
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Count the connection; too many of one address are sent away."""
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        if not self._listening.proxies.trusts(peer):
            place = self._listening.keys.key_of(peer)
            if not self._listening.crowd.enter(place):
                self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, b"retry-after: 10\r\n")
                return
            self._place = place
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count one connection less."""
        self._disarm()
        super().connection_lost(exc)
        self.leave()

    def leave(self) -> None:
        """Give the place back. Twice: nothing."""
        if self._place is not None:
            self._listening.crowd.leave(self._place)
            self._place = None

    def data_received(self, data: bytes) -> None:
        """Parse, unless this connection was sent away."""
        if self._refused:
            return
        if self._in_header:
            self._header_bytes += len(data)
        super().data_received(data)
        self._judge_unfinished()

    def _judge_unfinished(self) -> None:
        """A header block that has not ended yet may be too large already."""
        if self._in_header and not self._refused and self._header_bytes > self._header_limit():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins: its headers have a size and a time."""
        super().on_message_begin()
        self._in_header = True
        self._arm()

    def on_headers_complete(self) -> None:
        """Judge the header block, then let the request begin."""
        self._disarm()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._header_limit():
            raise _HeaderRefused
        self._in_header = False
        self._in_body = True
        self._header_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next byte belongs to the next request."""
        super().on_message_complete()
        self._disarm()
        self._in_header = True
        self._in_body = False

    def on_response_complete(self) -> None:
        """A body that nobody waits for any more has only so long to end.

        It is read and dropped meanwhile: who still sends it finds the answer afterwards.
        """
        super().on_response_complete()
        if self._in_body and not self.transport.is_closing():
            slow_s = self._listening.limits.body_slow_s
            self._header_timer = self.loop.call_later(slow_s, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed, or whose headers were judged too large."""
        if self._in_header and self._header_bytes > self._header_limit():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif not self._refused:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def handle_websocket_upgrade(self) -> None:
        """Hand over to the WebSocket protocol, and the place in the crowd with it."""
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, WebSocketConnection):
            protocol.left = self

    def _header_limit(self) -> int:
        url = getattr(self, "url", b"")
        limits = self._listening.limits
        return limits.rtc_header_bytes if url.startswith(_RTC) else limits.header_bytes

    def _arm(self) -> None:
        self._disarm()
        self._header_timer = self.loop.call_later(self._listening.limits.header_s, self._too_slow)

    def _disarm(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        if self._header_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, headers: bytes = b"") -> None:
        self._refused = True
        self._disarm()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n%s\r\n"
                % (status.value, status.phrase.encode(), headers)
            )
            self.transport.close()
