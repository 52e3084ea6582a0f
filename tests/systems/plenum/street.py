"""The app with the plenum alone, and browsers of people with and without scripts."""

import asyncio
import re
from pathlib import Path

import httpx
from starlette.applications import Starlette

from allmende.core.accounts import STRANGER
from allmende.core.bus import Bus
from allmende.core.parts import Part
from allmende.identity.service.credentials import Credentials
from allmende.identity.system import Identity
from allmende.protocols.mumble.address import MumblePlace
from allmende.systems.plenum import system
from allmende.systems.plenum.web import WebKit
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.identity.town import fail
from tests.systems.plenum.conftest import BERLIN, Hall
from tests.webkit.house import LOCALE, Browser

URL = "http://house.example"
TICKET = re.compile(r'name="ticket" value="([0-9a-f]+)"')
TEMPLATES = Path(system.__file__).parent / "templates"


class Street:
    """What a browser can do with the assembly of the open room of a hall."""

    def __init__(self, hall: Hall, acts: int = 200) -> None:
        self.hall = hall
        self.catalogues = Catalogues.load(LOCALE)
        pages = Pages([TEMPLATES], self.catalogues, Assets.unbuilt(self.catalogues))
        self.kit = WebKit(
            pages=pages,
            texts=self.catalogues,
            addresses=AddressKeys(hall.clock),
            acts=RateLimit(hall.clock, burst=acts, per_hour=3600 * acts),
            joins=RateLimit(hall.clock, burst=50, per_hour=50),
            zone=BERLIN,
            with_chat=True,
            mumble=MumblePlace("v.example"),
        )
        self.bus = Bus(fail)
        credentials = Credentials(hall.database, hall.clock, b"")
        identity = Identity(hall.identity, hall.doors, Part(name="identity"), credentials)
        self.plenum = system.build(
            hall.database, self.bus, hall.clock, identity, (hall.conference, hall.pads), self.kit
        )
        hall.plenum = self.plenum.service
        self.app = Starlette(
            routes=list(self.plenum.part.routes),
            middleware=middleware(hall.identity, Site(secure=False), name_of=hall.identity.name_of),
            exception_handlers=ERROR_HANDLERS,
        )
        self.app.state.pages = pages
        self.page = f"/r/{hall.room.slug}/plenum"
        self.api = f"/api/v1/rooms/{hall.room.id}/plenum"

    def stranger(self, language: str = "de") -> Browser:
        return Browser(self.app, URL, {"accept-language": language})

    def guest(self, name: str, link: str | None = None, *, let_in: bool = True) -> Browser:
        """Somebody who has entered the room as a guest and is at its door, or behind it."""
        hall = self.hall
        entered = asyncio.run(hall.identity.enter(STRANGER, hall.room.id, name, link))
        if let_in:
            hall.knock(entered.caller)
            hall.doors.admit_all(hall.room.id)
        browser = self.stranger()
        browser.cookies.set("allmende-guest", entered.guest_token or "")
        return browser

    def facilitator(self) -> Browser:
        return self.guest("Moderation", self.hall.link)

    def send(self, browser: Browser, command: str, **body: object) -> httpx.Response:
        return browser.post(f"{self.api}/{command}", json=body)

    def form(self, browser: Browser, command: str, **fields: object) -> httpx.Response:
        """Press a button of the page."""
        found = TICKET.search(browser.get(self.page).text)
        assert found is not None
        ticket = {"ticket": found[1]}
        return browser.post(f"{self.page}/{command}", data={**ticket, **fields})
