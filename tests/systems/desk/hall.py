"""Desk as a browser without scripts sees it, on SQLite, with accounts made in one line."""

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from allmende.app.exports import exporters_of
from allmende.app.privacy import privacy_page
from allmende.config import Config
from allmende.core.accounts import Caller
from allmende.core.ports.pads import Pads
from allmende.identity.model.app_passwords import CHAT, PADS, VOICE
from allmende.identity.service.credentials import Credentials
from allmende.protocols.mumble.address import MumblePlace
from allmende.storage.database import Database
from allmende.systems.desk.model.privacy import Privacy
from allmende.systems.desk.service import DeskService, OperatorTexts
from allmende.systems.desk.service.archives import Archives
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.system import TEMPLATES
from allmende.systems.desk.web import DeskKit, routes
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.programs import Programs
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.identity.town import GOOD, Town
from tests.webkit.house import LOCALE, Browser

URL = "http://house.example"
TICKET = re.compile(r'name="ticket" value="([0-9a-f]+)"')


class Visitor:
    """A browser that keeps cookies and sends forms like a person: from the page they are on."""

    def __init__(self, app: Starlette, language: str = "de") -> None:
        self.browser = Browser(app, URL, {"accept-language": language})
        self.seen: httpx.Response = httpx.Response(200)

    def get(self, path: str, status: int = 200) -> str:
        """Open a page; return its text without entities."""
        self.seen = self.browser.get(path)
        assert self.seen.status_code == status, (path, self.seen.status_code)
        return html.unescape(self.seen.text)

    def post(self, path: str, *, status: int = 303, **fields: object) -> str:
        """Send a form with the ticket of this browser; return where it leads, or the page."""
        ticket = TICKET.search(self.browser.get("/").text)
        assert ticket is not None
        data = {"ticket": ticket[1], **{key: str(value) for key, value in fields.items()}}
        self.seen = self.browser.post(path, data=data)
        assert self.seen.status_code == status, (path, self.seen.status_code, self.seen.text[:500])
        if status == 303:
            return str(self.seen.headers["location"])
        return html.unescape(self.seen.text)

    def send(self, path: str, body: object, status: int = 200) -> Any:
        """Send JSON like an element of the page; return the answer."""
        self.seen = self.browser.post(path, json=body)
        assert self.seen.status_code == status, (path, self.seen.status_code, self.seen.text[:500])
        return self.seen.json()

    def solve(self) -> str:
        """Return the answer to a challenge, as the element in the page finds it."""
        challenge: dict[str, Any] = self.browser.get("/api/v1/challenge").json()
        for number in range(challenge["maxnumber"] + 1):
            tried = hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest()
            if tried == challenge["challenge"]:
                found = {key: challenge[key] for key in ("algorithm", "challenge", "salt")}
                found |= {"signature": challenge["signature"], "number": number}
                return base64.b64encode(json.dumps(found).encode()).decode()
        raise AssertionError("no answer")


@dataclass
class Hall:
    """Everything of desk, and what its tests turn."""

    database: Database
    open_rooms: bool = True
    texts: OperatorTexts = field(default_factory=dict)
    budget: int = 100
    pads: Pads | None = None
    open_pads: str = "anyone"
    mumble: MumblePlace | None = None
    privacy: Privacy = field(default_factory=lambda: privacy_page(Config()))

    def __post_init__(self) -> None:
        self.town = Town(self.database)
        self.identity, clock = self.town.identity, self.town.clock
        catalogues = Catalogues.load(LOCALE)
        pages = Pages([TEMPLATES], catalogues, Assets.unbuilt(catalogues))
        proof = ProofOfWork(clock, base_max_number=50)
        desk = DeskService(
            self.identity,
            texts=self.texts,
            open_rooms=self.open_rooms,
            chat_days=28,
            pads=self.pads,
            open_pads=self.open_pads,
        )
        self.kit = kit = DeskKit(
            pages=pages,
            texts=catalogues,
            addresses=AddressKeys(clock),
            proof=proof,
            starts=RateLimit(clock, burst=self.budget, per_hour=self.budget),
            starts_by_address=RateLimit(clock, burst=100, per_hour=100),
            wrong_codes=RateLimit(clock, burst=3, per_hour=3),
            asks=RateLimit(clock, burst=100, per_hour=100),
            address=lambda path: URL + path,
            clock=clock,
            privacy=self.privacy,
            archives=Archives(self.identity, exporters_of(self.database, Config())),
            exports=RateLimit(clock, burst=3, per_hour=3),
            unread=NoticeService(self.database, clock).unread,
            purposes=(CHAT, PADS, VOICE) if self.mumble else (CHAT, PADS),
            with_plenum=self.pads is not None,
            with_voice=self.mumble is not None,
            mumble=self.mumble,
        )
        self.routes: list[Route] = routes(desk, self.identity, kit)
        self.app = Starlette(
            routes=[*self.routes, *proof.routes()],
            middleware=middleware(
                self.identity,
                Site(secure=False),
                name_of=self.identity.name_of,
                watched=self.identity.watched_recovery,
                programs=Programs(
                    Credentials(self.database, clock, b"key"), kit.addresses, self.routes
                ),
            ),
            exception_handlers=ERROR_HANDLERS,
        )
        self.app.state.pages = pages

    def visitor(self, language: str = "de") -> Visitor:
        """A browser of somebody new."""
        return Visitor(self.app, language)

    def member(self, name: str) -> tuple[Visitor, Caller]:
        """A browser of somebody with an account, signed in."""
        who = self.town.person(name)
        visitor = self.visitor()
        visitor.post("/signin", name=name, password=GOOD)
        return visitor, who

    def opened(self) -> tuple[str, str]:
        """Slug and facilitator token of a room without account."""
        opened = self.town.run(self.identity.open_room("Plenum"))
        return opened.room.slug, opened.facilitator_token
