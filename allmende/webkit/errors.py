"""The one table from errors to answers: JSON for programs, a page with two texts for people.

The caller learns what happened and what to do next; the log learns the ``detail`` of a bug and
the same reference of eight characters that stands on the page. Neither learns more.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from allmende.core.errors import (
    AllmendeError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProofNeeded,
    QuotaExceeded,
    TooManyRequests,
    Unavailable,
    UserError,
)
from allmende.webkit.http import json_response
from allmende.webkit.programs import CHALLENGE, brings_basic, is_challenged
from allmende.webkit.templates import Pages

STATUS: Final[Mapping[type[AllmendeError], int]] = {
    InvalidInput: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    QuotaExceeded: 413,
    TooManyRequests: 429,
    Unavailable: 503,
    UserError: 400,
    AllmendeError: 500,
}
FOR_PROGRAMS: Final = ("/api/", "/rtc")
PROOF_PAGE: Final = "/me/confirm"
"""Where people prove again who they are; they come back to the page of what they wanted."""

REFERENCE_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_STATUS_OF_ROUTING: Final = {404: "web.not-found", 405: "web.wrong-method", 413: "web.too-large"}

_log: Final = logging.getLogger("allmende.web")


def status_of(error: AllmendeError) -> int:
    """Return the HTTP status of ``error``."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_response(request: HTTPConnection, error: Exception) -> Response:
    """Return the answer to a request that ended in ``error``; a bug gets a reference."""
    if isinstance(error, AllmendeError):
        status, message_id, values = status_of(error), error.message_id, error.values
    elif isinstance(error, HTTPException):
        message_id = _STATUS_OF_ROUTING.get(error.status_code, "web.bad-request")
        status, values = error.status_code, {}
    else:
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))
        _log.error("bug %s", reference, exc_info=error)
        status, message_id, values = 500, "web.bug", {"reference": reference}
    if isinstance(error, ProofNeeded) and (page := _page_of(request)) is not None:
        return RedirectResponse(f"{PROOF_PAGE}?page={quote(page)}", 303, _NOT_KEPT)
    response = _answer(request, status, message_id, values)
    retry_after_s = values.get("retry_after_s", 5 if status == 503 else None)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    if status == 401 and is_challenged(request):
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def _page_of(request: HTTPConnection) -> str | None:
    """Return the page that was asked for, or that the form stood on; None for programs.

    A form is sent to its page or to a path below it.
    """
    path: str = request.scope["path"]
    if path.startswith(FOR_PROGRAMS) or not isinstance(request, Request):
        return None
    if request.method == "GET":
        return path + (f"?{request.url.query}" if request.url.query else "")
    while path and not _is_page(request, path):
        path = path.rpartition("/")[0]
    return path or "/"


def _is_page(request: Request, path: str) -> bool:
    wanted = {**request.scope, "path": path, "method": "GET"}
    return any(route.matches(wanted)[0] is Match.FULL for route in request.app.routes)


def _answer(
    request: HTTPConnection, status: int, message_id: str, values: Mapping[str, object]
) -> Response:
    is_api = request.scope["path"].startswith(FOR_PROGRAMS) or brings_basic(request)
    if is_api or not isinstance(request, Request):
        return json_response({"error": message_id, "values": values}, status)
    pages: Pages = request.app.state.pages
    return pages.error_page(request, status, message_id, values)


async def _handle(request: Request, error: Exception) -> Response:
    return error_response(request, error)


ERROR_HANDLERS: Final[
    dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]
] = {
    AllmendeError: _handle,
    HTTPException: _handle,
}
"""For Starlette; ``app.state.pages`` has to be the Pages. Bugs are caught by ``Bugs``."""


class Bugs:
    """Middleware around everything but the headers: no failure leaves the house unanswered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is raised below; after the answer has begun only the log can be told."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            response = error_response(_connection(scope, receive, send), error)
            if begun:
                raise
            await _send(response, scope, receive, send)


def _connection(scope: Scope, receive: Receive, send: Send) -> HTTPConnection:
    if scope["type"] == "http":
        return Request(scope, receive)
    return WebSocket(scope, receive, send)


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """A refused WebSocket gets a plain answer where the server knows how, else it is closed."""
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await response(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1011, "reason": ""})
