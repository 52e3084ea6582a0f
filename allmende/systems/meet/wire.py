"""What programs speak: LiveKit's ``/rtc/v1``, carried from Starlette to ``media.signal``.

Statuses are those of spec meet, 5.1: any other 404 of ``validate`` would make clients try the
older protocol.
"""

from collections.abc import Mapping
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from allmende.core.errors import (
    AllmendeError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
    Unavailable,
)
from allmende.media.signal.outbox import FrameSocket
from allmende.media.signal.socket import Conference, check_join, serve_signal
from allmende.webkit.i18n import Catalogues
from allmende.webkit.sockets import StarletteSocket

STATUS: Final[Mapping[type[AllmendeError], int]] = {
    InvalidInput: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    QuotaExceeded: 414,
    Unavailable: 503,
}
NO_ROOM: Final = "requested room does not exist"
_HEADERS: Final = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


def wire_routes(conference: Conference, texts: Catalogues) -> list[BaseRoute]:
    """Return ``/rtc/v1`` and ``/rtc/v1/validate``; the paths of protocol v0 say 404."""

    def refusal(connection: HTTPConnection, error: AllmendeError) -> Response:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        language = texts.language_of(connection)
        text = NO_ROOM if status == 404 else texts.text(language, error.message_id, **error.values)
        return PlainTextResponse(text, status, _HEADERS)

    async def join(socket: WebSocket) -> None:
        token, request = _asked(socket)
        try:
            check_join(conference, token, request)
        except AllmendeError as error:
            await socket.send_denial_response(refusal(socket, error))
            return
        await socket.accept()
        frames: FrameSocket = StarletteSocket(socket)
        try:
            await serve_signal(conference, frames, token, request)
        finally:
            await frames.close(1000)

    async def validate(request: Request) -> Response:
        token, asked = _asked(request)
        try:
            check_join(conference, token, asked)
        except AllmendeError as error:
            return refusal(request, error)
        return PlainTextResponse("success", headers=_HEADERS)

    async def older(_: Request) -> Response:
        return PlainTextResponse("Not Found", 404, _HEADERS)

    return [
        WebSocketRoute("/rtc/v1", join),
        Route("/rtc/v1/validate", validate, methods=["GET"]),
        Route("/rtc", older, methods=["GET"]),
        Route("/rtc/validate", older, methods=["GET"]),
    ]


def _asked(connection: HTTPConnection) -> tuple[str, str]:
    """Return the token, from the query or as a bearer, and the join request."""
    query = connection.query_params
    bearer = connection.headers.get("authorization", "").removeprefix("Bearer ")
    return query.get("access_token", "") or bearer, query.get("join_request", "")
