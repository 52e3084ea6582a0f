"""Certificates of Mumble clients: a code that binds one, and the end of each."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import NotFound
from allmende.core.ids import CertificateId
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.http import caller_of, read_form

_PAGE: Final = "/me/certificates"
_LISTED: Final = "/me/devices"


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


def certificate_routes(identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of certificates. They are listed and named where devices are."""
    pages = CertificatePages(identity, kit)
    return [
        Route(f"{_PAGE}/new", pages.shown, methods=["GET"]),
        Route(f"{_PAGE}/new", pages.make_code, methods=["POST"]),
        Route(_PAGE + "/{certificate_id:id}/end", pages.end, methods=["POST"]),
    ]


class CertificatePages:
    """Without a password: whoever has the program has the account, for voice alone."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Say what a code is for."""
        return await self._page(request, "")

    async def make_code(self, request: Request) -> Response:
        """Make a code and show it."""
        await read_form(request, NoFields)
        self._require_voice()
        made = await self._identity.make_pairing_code(caller_of(request))
        response = await self._page(request, made.printed)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def end(self, request: Request) -> Response:
        """End one."""
        await read_form(request, NoFields)
        number = CertificateId(request.path_params["certificate_id"])
        await self._identity.end_certificate(caller_of(request), number)
        return to(f"{_LISTED}?done=certificate")

    async def _page(self, request: Request, code: str) -> Response:
        self._require_voice()
        own = await self._identity.own(caller_of(request))
        values = {"mumble": self._kit.mumble, "name": own.name, "code": code}
        return self._kit.page(request, "new-pairing", values)

    def _require_voice(self) -> None:
        """Raise NotFound where Mumble clients do not connect."""
        if not self._kit.with_voice:
            raise NotFound("web.not-found")
