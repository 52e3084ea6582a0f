"""What the pages of pads need of the web kit, and what they read from every request."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.core.accounts import Scope as Opening
from allmende.core.clock import Clock
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.policy import AUTHOR_COOKIE_DAYS, Sentence
from allmende.webkit.forms import Refusal, or_again
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.programs import ProgramRoute
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.sessions import cookie_name, set_cookie
from allmende.webkit.site import visit_of
from allmende.webkit.templates import Pages

AUTHOR_COOKIE: Final = "allmende-author"
MAX_NAME_IN_PATH: Final = 400
BASES: Final = ("/p/{name}", "/p/{group}/{name}", "/r/{slug}/pads/{name}")
"""Where pads lie: links, random addresses and names at top level; in groups; in rooms."""

Handler = Callable[[Request], Awaitable[Response]]
_SECRET_CHARS: Final = range(16, 65)
_ROBOTS: Final = "noindex, nofollow"


@dataclass(frozen=True, slots=True, kw_only=True)
class PadKit:
    """``made`` is the hourly budget of pads without account, ``made_by_address`` the same for one
    hashed address; ``written`` counts writing by forms. ``address`` makes a path a whole address.
    """

    pages: Pages
    texts: Catalogues
    clock: Clock
    addresses: AddressKeys
    proof: ProofOfWork
    made: RateLimit
    made_by_address: RateLimit
    written: RateLimit
    address: Callable[[str], str]
    with_chat: bool
    with_plenum: bool
    with_meet: bool

    async def or_again(
        self,
        request: Request,
        work: Callable[[], Awaitable[Response]],
        again: Callable[[Refusal, int], Response],
    ) -> Response:
        """Answer with ``work``; a refused form comes back with what was typed."""
        return await or_again(work, again, self.pages.translator(request))

    def said(self, request: Request, sentences: Sequence[Sentence]) -> str:
        """Return a label in the language of the person."""
        t = self.pages.translator(request)
        return " ".join(t(message_id, **values) for message_id, values in sentences)

    def page(
        self, request: Request, name: str, values: Mapping[str, object], status: int = 200
    ) -> Response:
        """Return the page ``pads/NAME.html``."""
        return self.pages.render(request, f"pads/{name}.html", values, status)


def route(path: str, handler: Handler, method: str, opened_by: Opening | None = None) -> Route:
    """Return a route whose every answer, refusals too, asks search engines to stay away.

    ``opened_by``: programs may ask it with an app password for that.
    """
    kept_away = [Middleware(NoRobots)]
    if opened_by is None:
        return Route(path, handler, methods=[method], middleware=kept_away)
    return ProgramRoute(path, handler, methods=[method], opened_by=opened_by, middleware=kept_away)


def below_pads(
    routes: Sequence[tuple[str, Handler, str]], opened_by: Opening | None = None
) -> list[Route]:
    """Return routes of path, handler and method, below every place where pads lie."""
    return [
        route(base + path, handler, method, opened_by)
        for base in BASES
        for path, handler, method in routes
    ]


class NoRobots:
    """Middleware that sets ``X-Robots-Tag``: published notes are used as link farms."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header to whatever answer is sent."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Robots-Tag"] = _ROBOTS
            await send(message)

        await self._app(scope, receive, send_with_header)


def address_of(request: Request) -> Address:
    """Return where the request looks for a pad."""
    known = request.path_params
    return Address(
        known["name"][:MAX_NAME_IN_PATH], group=known.get("group", ""), room=known.get("slug", "")
    )


class Author:
    """The cookie by which a browser without account is known in the pads it writes in.

    Each pad keeps a keyed hash of it, so nobody is followed from pad to pad.
    """

    def __init__(self, request: Request) -> None:
        visit = visit_of(request)
        known = visit.cookies.get(cookie_name(AUTHOR_COOKIE, visit.site), "")
        self._request = request
        self._is_new = len(known) not in _SECRET_CHARS or not known.isascii()
        self.secret = secrets.token_urlsafe(16) if self._is_new else known

    def kept(self, response: Response) -> Response:
        """Let the browser keep a new cookie; those with an account need none."""
        if self._is_new and visit_of(self._request).caller.account_id is None:
            lifetime_s = AUTHOR_COOKIE_DAYS * 86_400
            set_cookie(response, self._request, AUTHOR_COOKIE, self.secret, lifetime_s)
        return response


def to(path: str) -> Response:
    """Send the browser to another page of ours after a form."""
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})
