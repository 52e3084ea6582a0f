"""What people are told about this server: privacy, imprint, rules, and security.txt."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from allmende.systems.desk.service import DeskService
from allmende.systems.desk.web.kit import DeskKit

SECURITY_LIFETIME: Final = timedelta(days=180)
"""RFC 9116, 2.5.5: less than a year into the future."""

SECURITY_PAGE: Final = "/.well-known/security.txt"


def privacy_routes(desk: DeskService, kit: DeskKit) -> list[Route]:
    """Return the routes of what people are told."""
    pages = ToldPages(desk, kit)
    return [
        Route("/imprint", pages.imprint, methods=["GET"]),
        Route("/rules", pages.rules, methods=["GET"]),
        Route("/privacy", pages.privacy, methods=["GET"]),
        Route(SECURITY_PAGE, pages.security, methods=["GET"]),
    ]


class ToldPages:
    """Texts of the operator, and what the program says of itself."""

    def __init__(self, desk: DeskService, kit: DeskKit) -> None:
        self._desk = desk
        self._kit = kit

    async def imprint(self, request: Request) -> Response:
        """Show who runs this server, in their words."""
        return self._text(request, "imprint", {})

    async def rules(self, request: Request) -> Response:
        """Show what holds here, in the words of those who run it."""
        return self._text(request, "rules", {})

    async def privacy(self, request: Request) -> Response:
        """Show what is kept here, and what the operator adds."""
        return self._text(request, "privacy", {"privacy": self._kit.privacy})

    async def security(self, request: Request) -> Response:
        """Say where to report a hole. Source: RFC 9116, 2.5."""
        ends = (self._kit.clock.now() + SECURITY_LIFETIME).replace(microsecond=0, second=0)
        lines = [
            f"Contact: {self._kit.address('/imprint')}",
            f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}",
            f"Preferred-Languages: {', '.join(self._kit.texts.languages)}",
            f"Canonical: {self._kit.address(SECURITY_PAGE)}",
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    def _text(self, request: Request, kind: str, values: dict[str, object]) -> Response:
        written = self._desk.text(kind, self._kit.texts.language_of(request))
        return self._kit.page(request, kind, {"written": written, **values})
