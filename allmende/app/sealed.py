"""All that a locked house serves: one page that takes the passphrase, and "come back later"."""

from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from allmende.app.kit import Kit
from allmende.app.lodge import Lodge
from allmende.core.accounts import STRANGER, Caller
from allmende.core.clock import Clock
from allmende.core.errors import Unavailable
from allmende.storage.vault import Sealed
from allmende.webkit.errors import ERROR_HANDLERS, FOR_PROGRAMS, error_response
from allmende.webkit.forms import Refusal, or_again
from allmende.webkit.http import read_form
from allmende.webkit.language import language_routes
from allmende.webkit.limits import RateLimit
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware

PATH: Final = "/unlock"
RETRY_AFTER_S: Final = 60
_TRIES: Final = 5
_TRIES_PER_HOUR: Final = 30
_MAX_FORM_BYTES: Final = 4096


class Passphrase(msgspec.Struct, forbid_unknown_fields=True):
    """The form."""

    passphrase: str


class _Nobody:
    """While the house is locked nobody has a session."""

    async def caller(self, session_token: str | None, guest_token: str | None) -> Caller:
        """Return a stranger."""
        return STRANGER


def sealed_app(kit: Kit, lodge: Lodge, clock: Clock, *, secure: bool) -> Starlette:
    """Return what stands behind the door until somebody unlocks."""
    tries = RateLimit(clock, burst=_TRIES, per_hour=_TRIES_PER_HOUR)
    unlocking = _Unlocking(kit, lodge, tries)
    app = Starlette(
        routes=[
            Route(PATH, unlocking.show, methods=["GET"]),
            Route(PATH, unlocking.take, methods=["POST"]),
            *kit.assets.routes(),
            *language_routes(kit.catalogues),
            Mount("/", unlocking.later),
        ],
        middleware=middleware(_Nobody(), Site(secure=secure)),
        exception_handlers=ERROR_HANDLERS,
    )
    app.state.pages = kit.pages
    return app


class _Unlocking:
    """The page and its form."""

    def __init__(self, kit: Kit, lodge: Lodge, tries: RateLimit) -> None:
        self._kit = kit
        self._lodge = lodge
        self._tries = tries

    async def show(self, request: Request) -> Response:
        """Ask for the passphrase."""
        return self._page(request, None, 200)

    async def take(self, request: Request) -> Response:
        """Try it. Each address has few tries; a wrong one costs about a second."""
        form = await read_form(request, Passphrase, limit_bytes=_MAX_FORM_BYTES)

        async def work() -> Response:
            self._tries.take(self._kit.addresses.key_of(request))
            try:
                await self._lodge.unlock(form.passphrase)
            except TimeoutError as slow:
                raise Unavailable("storage.busy", retry_after_s=5) from slow
            return RedirectResponse("/", 303)

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, refusal, status)

        return await or_again(work, again, self._kit.pages.translator(request))

    async def later(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer everything else: the house is locked."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
            return
        request = Request(scope, receive)
        response = self._later(request)
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        await response(scope, receive, send)

    def _later(self, request: Request) -> Response:
        if request.url.path.startswith(FOR_PROGRAMS):
            return error_response(request, Sealed("web.locked", retry_after_s=RETRY_AFTER_S))
        return self._kit.pages.render(request, "web/locked.html", {"unlock": PATH}, 503)

    def _page(self, request: Request, refusal: Refusal | None, status: int) -> Response:
        values = {"refusal": refusal, "unlock": PATH}
        return self._kit.pages.render(request, "web/unlock.html", values, status)
