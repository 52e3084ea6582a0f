"""The pages of pads as browsers without scripts see them, on SQLite."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from allmende.core.accounts import Caller
from allmende.storage.database import Database
from allmende.systems.desk.system import TEMPLATES as DESK_TEMPLATES
from allmende.systems.pads import web
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.web.kit import PadKit
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.identity.town import GOOD
from tests.systems.desk.hall import URL, Visitor
from tests.systems.pads.village import DEFAULTS, Village
from tests.webkit.house import LOCALE

TEMPLATES = Path(web.__file__).parents[1] / "templates"
COPIED = re.compile(r'value="(http://house\.example/[^"]*)"')


@dataclass
class Porch:
    """Everything of the pages of pads, and what their tests turn."""

    database: Database
    budget: int = 100
    defaults: Any = DEFAULTS
    with_chat: bool = True

    def __post_init__(self) -> None:
        self.village = Village(self.database, self.defaults)
        village, clock = self.village, self.village.clock
        catalogues = Catalogues.load(LOCALE)
        self.pages = Pages([TEMPLATES, DESK_TEMPLATES], catalogues, Assets.unbuilt(catalogues))
        proof = ProofOfWork(clock, base_max_number=50)
        self.kit = PadKit(
            pages=self.pages,
            texts=catalogues,
            clock=clock,
            addresses=AddressKeys(clock),
            proof=proof,
            made=RateLimit(clock, burst=self.budget, per_hour=self.budget),
            made_by_address=RateLimit(clock, burst=100, per_hour=100),
            written=RateLimit(clock, burst=5, per_hour=5),
            address=lambda path: URL + path,
            with_chat=self.with_chat,
            with_plenum=True,
            with_meet=True,
        )
        self.routes: list[Route] = web.routes(village.pads, self.kit)
        start = next(
            one for one in self.routes if one.path == "/p" and "GET" in (one.methods or ())
        )
        self.app = Starlette(
            routes=[Route("/", start.endpoint), *self.routes, *proof.routes()],
            middleware=middleware(
                village.identity, Site(secure=False), name_of=village.identity.name_of
            ),
            exception_handlers=ERROR_HANDLERS,
        )
        self.app.state.pages = self.pages

    def visitor(self, who: Caller | None = None, language: str = "de") -> Visitor:
        """A browser of somebody new, or of an account."""
        visitor = Visitor(self.app, language)
        if who is not None:
            name = self.village.run(self.village.identity.name_of(self.village.account(who)))
            signed_in = self.village.run(
                self.village.identity.sign_in(name, GOOD, brief=False, caller_key="k")
            )
            visitor.browser.cookies.set("allmende", signed_in.token)
        return visitor

    def made(self, visitor: Visitor | None = None, title: str = "") -> dict[str, str]:
        """Make a pad as people do; the paths to share, to read and for admins."""
        one = visitor or self.visitor()
        where = one.post("/p", proof=one.solve(), title=title)
        page = one.get(where)
        found = [link.removeprefix(URL) for link in COPIED.findall(page)]
        return dict(zip(("edit", "read", "admin"), found, strict=True))


def at(path: str) -> Address:
    """The address of a path below /p."""
    return Address(path.removeprefix("/p/"))
