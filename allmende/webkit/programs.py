"""Programs that sign in with every request: Basic (RFC 7617), on the routes that say so.

``ProgramRoute`` and ``ProgramSocket`` name the scope that opens them. On every other route a
program is refused before anything is asked, and even if it were not, it would be a stranger
there: who it is is found out by the route itself. Cookies beside Basic count for nothing.
"""

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from allmende.core import accounts
from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed
from allmende.webkit.limits import AddressKeys
from allmende.webkit.site import Site, Visit

CHALLENGE: Final = 'Basic realm="allmende", charset="UTF-8"'
MAX_BASIC_CHARS: Final = 1024
_BASIC: Final = "basic "
_KNOCK: Final = "knock"


class CredentialLookup(Protocol):
    """Who knows app passwords: identity."""

    async def check(
        self, name: str, secret: str, scope: accounts.Scope | None, caller_key: str = ""
    ) -> Caller:
        """Return who signs in. Raises NotSignedIn, NotAllowed, TooManyRequests."""
        ...


class Programs:
    """What ``Sessions`` does with a request that brings Basic."""

    def __init__(
        self, lookup: CredentialLookup, addresses: AddressKeys, routes: Sequence[BaseRoute]
    ) -> None:
        self._lookup = lookup
        self._addresses = addresses
        self._routes = [one for one in routes if isinstance(one, ProgramRoute | ProgramSocket)]

    def knock(self, scope: Scope, site: Site) -> Visit | None:
        """Let the route find out who it is; None: the request brings no Basic.

        Raises NotAllowed ``web.not-for-programs``.
        """
        connection = HTTPConnection(scope)
        basic = basic_of(connection.headers)
        if basic is None:
            return None
        if all(route.matches(scope)[0] is Match.NONE for route in self._routes):
            raise NotAllowed("web.not-for-programs")
        key = self._addresses.key_of(connection)
        scope.setdefault("state", {})[_KNOCK] = Knock(self._lookup, site, *basic, key)
        return Visit(site)


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door of a route."""

    lookup: CredentialLookup
    site: Site
    name: str
    secret: str
    caller_key: str

    async def visit(self, wanted: accounts.Scope | None) -> Visit:
        """Return who it is. Raises like ``check``."""
        caller = await self.lookup.check(self.name, self.secret, wanted, self.caller_key)
        return Visit(self.site, caller)


class ProgramRoute(Route):
    """A route that programs may ask. ``opened_by``: the least scope; None: any app password."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: list[str],
        opened_by: accounts.Scope | None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        super().__init__(path, endpoint, methods=methods, middleware=middleware)
        self.opened_by = opened_by

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, then answer."""
        await _let_in(scope, self.opened_by)
        await super().handle(scope, receive, send)


class ProgramSocket(WebSocketRoute):
    """A WebSocket that programs may open."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Awaitable[None]],
        *,
        opened_by: accounts.Scope | None,
    ) -> None:
        super().__init__(path, endpoint)
        self.opened_by = opened_by

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, then answer."""
        await _let_in(scope, self.opened_by)
        await super().handle(scope, receive, send)


async def _let_in(scope: Scope, wanted: accounts.Scope | None) -> None:
    knock = scope.get("state", {}).get(_KNOCK)
    if isinstance(knock, Knock):
        scope["state"]["visit"] = await knock.visit(wanted)


def brings_basic(connection: HTTPConnection) -> bool:
    """Return whether a program asks, rightly or not."""
    return connection.headers.get("authorization", "")[: len(_BASIC)].lower() == _BASIC


def is_challenged(connection: HTTPConnection) -> bool:
    """Return whether an answer 401 names Basic: on the API, and where it was tried.

    Never to a browser, which always says ``Sec-Fetch-Site``: it would open a window that asks
    for a password over the page.
    """
    if "sec-fetch-site" in connection.headers:
        return False
    path: str = connection.scope["path"]
    return path.startswith("/api/") or brings_basic(connection)


def basic_of(headers: Headers) -> tuple[str, str] | None:
    """Return name and password; None: another scheme. What cannot be read is two times nothing."""
    said = headers.get("authorization", "")
    if said[: len(_BASIC)].lower() != _BASIC:
        return None
    try:
        text = b64decode(said[len(_BASIC) : MAX_BASIC_CHARS].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = text.partition(":")
    return name, secret
