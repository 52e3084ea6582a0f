"""The language switch: a form on every page, no script needed."""

import re
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from allmende.core.errors import InvalidInput
from allmende.webkit.http import read_form
from allmende.webkit.i18n import LANGUAGE_COOKIE, Catalogues
from allmende.webkit.site import visit_of

YEAR_S: Final = 365 * 24 * 3600
_OWN_PATH: Final = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")


class Choice(msgspec.Struct):
    """The form in the header of each page."""

    lang: str
    page: str = "/"


def own_path(path: str) -> str:
    """Return ``path`` if it is one of this site, else ``/``: nobody is sent elsewhere."""
    return path if _OWN_PATH.fullmatch(path) else "/"


def language_routes(catalogues: Catalogues) -> list[Route]:
    """Return ``POST /language``."""

    async def choose(request: Request) -> Response:
        choice = await read_form(request, Choice, ticket=False)
        if choice.lang not in catalogues.languages:
            raise InvalidInput("web.invalid-body", field="lang")
        response = RedirectResponse(own_path(choice.page), 303)
        response.set_cookie(
            LANGUAGE_COOKIE,
            choice.lang,
            max_age=YEAR_S,
            secure=visit_of(request).site.secure,
            httponly=True,
            samesite="lax",
        )
        return response

    return [Route("/language", choose, methods=["POST"])]
