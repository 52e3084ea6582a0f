"""``/-/patterns``: every component of the kit on one page, in every state."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.webkit.forms import Refusal
from allmende.webkit.templates import Pages


def pattern_routes(pages: Pages) -> list[Route]:
    """Return the page for people who build pages."""

    async def patterns(request: Request) -> Response:
        t = pages.translator(request)
        values = {
            "example_time": datetime(2026, 11, 23, 19, 30, tzinfo=UTC),
            "refusal": Refusal("name", t("web.patterns-name-taken")),
            "example_link": "https://example.org/r/blaue-eiche?g=3K7M2QX9WZ4T8H6N",
        }
        return pages.render(request, "web/patterns.html", values)

    return [Route("/-/patterns", patterns, methods=["GET"])]
