"""The pages, JSON and wire of meet as an application, asked by a browser without a window."""

from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from allmende.protocols.mumble.address import MumblePlace
from allmende.systems.meet.system import TEMPLATES
from allmende.systems.meet.web import WebKit, api_routes, page_routes
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.systems.meet.conftest import House
from tests.webkit.house import Browser

LOCALE = Path(__file__).parents[3] / "allmende" / "locale"
ORIGIN = {"sec-fetch-site": "same-origin"}


def catalogues() -> Catalogues:
    return Catalogues.load(LOCALE)


def kit_of(house: House, *, joins: int = 100, mumble: MumblePlace | None = None) -> WebKit:
    """The web kit with everything but built files."""
    texts = catalogues()
    return WebKit(
        pages=Pages([TEMPLATES], texts, Assets.unbuilt(texts)),
        texts=texts,
        addresses=AddressKeys(house.clock),
        joins=RateLimit(house.clock, burst=joins, per_hour=3600),
        echoes=RateLimit(house.clock, burst=2, per_hour=60),
        address=lambda path: f"https://house.example{path}",
        with_chat=False,
        mumble=mumble,
    )


class MeetSite:
    """A house with meet on it."""

    def __init__(
        self, house: House, *, joins: int = 100, mumble: MumblePlace | None = None
    ) -> None:
        kit = kit_of(house, joins=joins, mumble=mumble)
        self.app = Starlette(
            routes=[*page_routes(house.meet, kit), *api_routes(house.meet, kit)],
            middleware=middleware(house.identity, Site(secure=False)),
            exception_handlers=ERROR_HANDLERS,
        )
        self.app.state.pages = kit.pages

    def browser(self, language: str = "de") -> "Page":
        return Page(self.app, "http://house.example", {"accept-language": language})


class Page(Browser):
    """A browser that speaks as the page of a call does."""

    def call(self, room: int, path: str, **body: Any) -> Any:
        return self.post(f"/api/v1/rooms/{room}/call/{path}", json=body, headers=ORIGIN)
