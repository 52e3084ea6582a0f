"""Turns cookies into a Caller, and sets the cookies. The tokens themselves belong to identity.

On https the cookies carry the prefix ``__Host-``: the browser then refuses them from a
subdomain, without ``Secure`` and with a path. On plain http, which is loopback only, browsers
would drop that prefix, so the name goes without it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from allmende.core.accounts import STRANGER, Caller
from allmende.core.ids import AccountId
from allmende.webkit.programs import Programs
from allmende.webkit.site import Site, Visit, visit_of

SESSION_COOKIE: Final = "allmende"
GUEST_COOKIE: Final = "allmende-guest"
FORM_COOKIE: Final = "allmende-form"
MAX_TOKEN_CHARS: Final = 512

NameOf = Callable[[AccountId], Awaitable[str]]
Watched = Callable[[AccountId], Awaitable[datetime | None]]


class CallerLookup(Protocol):
    """Who knows what a token stands for: identity."""

    async def caller(self, session_token: str | None, guest_token: str | None) -> Caller:
        """Return who holds these tokens; what is unknown or over counts as absent."""
        ...


class Sessions:
    """Middleware that puts a ``Visit`` into the state of each request and WebSocket.

    ``name_of`` gives the name in the account menu. Paths below ``without`` (the built files)
    are served without asking who wants them. ``watched`` gives when somebody with the recovery
    kit of the account gets in, for the banner on its pages. ``programs`` None:
    nobody comes with Basic.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        lookup: CallerLookup,
        site: Site,
        name_of: NameOf | None = None,
        watched: Watched | None = None,
        without: tuple[str, ...] = ("/static/",),
        programs: Programs | None = None,
    ) -> None:
        self._app = app
        self._lookup = lookup
        self._site = site
        self._name_of = name_of
        self._watched = watched
        self._without = without
        self._programs = programs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, then go on."""
        if scope["type"] in ("http", "websocket"):
            scope.setdefault("state", {})["visit"] = await self._visit(scope)
        await self._app(scope, receive, send)

    async def _visit(self, scope: Scope) -> Visit:
        path: str = scope["path"]
        if path.startswith(self._without):
            return Visit(self._site)
        program = None if self._programs is None else self._programs.knock(scope, self._site)
        if program is not None:
            return program
        cookies = HTTPConnection(scope).cookies
        session = _token(cookies.get(cookie_name(SESSION_COOKIE, self._site)))
        guest = _token(cookies.get(cookie_name(GUEST_COOKIE, self._site)))
        caller = STRANGER
        if session is not None or guest is not None:
            caller = await self._lookup.caller(session, guest)
        name = recovery_at = None
        if caller.account_id is not None and not path.startswith("/api/"):
            name = await self._name_of(caller.account_id) if self._name_of else None
            recovery_at = await self._watched(caller.account_id) if self._watched else None
        return Visit(self._site, caller, name, cookies, recovery_at)


def cookie_name(plain: str, site: Site) -> str:
    """Return the name of a cookie on this site."""
    return f"__Host-{plain}" if site.secure else plain


def set_session_cookie(
    response: Response, request: HTTPConnection, token: str, max_age_s: int | None
) -> None:
    """Keep ``token`` for ``max_age_s``, or until the browser closes (None)."""
    set_cookie(response, request, SESSION_COOKIE, token, max_age_s)


def clear_session_cookie(response: Response, request: HTTPConnection) -> None:
    """Forget the session in this browser."""
    set_cookie(response, request, SESSION_COOKIE, "", 0)


def set_guest_cookie(
    response: Response, request: HTTPConnection, token: str, max_age_s: int | None
) -> None:
    """Keep a guest's ``token`` for ``max_age_s``, or until the browser closes (None)."""
    set_cookie(response, request, GUEST_COOKIE, token, max_age_s)


def clear_guest_cookie(response: Response, request: HTTPConnection) -> None:
    """Forget the guest in this browser."""
    set_cookie(response, request, GUEST_COOKIE, "", 0)


def set_cookie(
    response: Response, request: HTTPConnection, plain: str, value: str, max_age_s: int | None
) -> None:
    """Set a cookie that no script reads and no other site sends with its forms."""
    site = visit_of(request).site
    response.set_cookie(
        cookie_name(plain, site),
        value,
        max_age=max_age_s,
        path="/",
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )


def _token(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_TOKEN_CHARS else None
