"""The start page, and starting a plenum without account."""

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.identity.model.ways import Way, mumble_address
from allmende.identity.model.words import typed_words
from allmende.identity.service import IdentityService
from allmende.systems.desk.model import ROLE_TEXTS, TIPS, path_of
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form

_WHOLE_SERVER = "all"
NOTHING: Final[Mapping[str, object]] = {
    "memberships": (),
    "offers": (),
    "duties": None,
    "unread": 0,
}
"""What is there for somebody who is not signed in."""


class StartForm(msgspec.Struct, forbid_unknown_fields=True):
    """Start a plenum; a name is not needed."""

    name: str = ""
    proof: str = ""


class FindForm(msgspec.Struct, forbid_unknown_fields=True):
    """I have a link."""

    link: str = ""


def start_routes(desk: DeskService, identity: IdentityService, kit: DeskKit) -> list[Route]:
    """Return the routes of the start page and what lies around it."""
    page = StartPage(desk, identity, kit)
    return [
        Route("/", page.shown, methods=["GET"]),
        Route("/start", page.to_start, methods=["GET"]),
        Route("/start", page.start, methods=["POST"]),
        Route("/find", page.to_start, methods=["GET"]),
        Route("/find", page.find, methods=["POST"]),
        Route("/r/{slug}/started", page.started, methods=["GET"]),
    ]


class StartPage:
    """The public pages."""

    def __init__(self, desk: DeskService, identity: IdentityService, kit: DeskKit) -> None:
        self._desk = desk
        self._identity = identity
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the start page; signed in, with one's groups."""
        who = caller_of(request)
        if who.account_id is None:
            return self._page(request)
        memberships = await self._identity.groups_of(who)
        offers = await self._identity.offers_of(who)
        duties = await self._identity.duties(who)
        unread = await self._kit.unread(who)
        mine = {"memberships": memberships, "offers": offers, "duties": duties, "unread": unread}
        return self._page(request, mine=mine)

    async def to_start(self, request: Request) -> Response:
        """Somebody typed the address of a form."""
        return to("/")

    async def start(self, request: Request) -> Response:
        """Open a room and go to the page that shows its links once."""
        form = await read_form(request, StartForm)

        async def work() -> Response:
            self._desk.require_open_rooms()
            self._kit.proof.require(form.proof)
            self._kit.starts_by_address.take(self._kit.addresses.key_of(request))
            self._kit.starts.take(_WHOLE_SERVER)
            usual = self._kit.pages.translator(request)("desk.usual-room-name")
            opened = await self._desk.start(form.name if form.name.strip() else usual)
            return to(f"/r/{opened.room.slug}/started?g={opened.facilitator_token}")

        def again(refusal: Refusal, status: int) -> Response:
            return self._page(request, name=form.name, refusal=refusal, status=status)

        return await self._kit.or_again(request, work, again)

    async def find(self, request: Request) -> Response:
        """Go where a typed link leads."""
        form = await read_form(request, FindForm)

        async def work() -> Response:
            path = path_of(form.link, self._kit.address(""))
            if typed_words(form.link):
                typed = form.link
                await self._kit.guessed(request, typed, lambda: self._identity.invite(typed))
            return to(path)

        def again(refusal: Refusal, status: int) -> Response:
            beside = Refusal("link", refusal.text)
            return self._page(request, link=form.link, refusal=beside, status=status)

        return await self._kit.or_again(request, work, again)

    async def started(self, request: Request) -> Response:
        """Show both links of a new room. The server itself keeps only a hash of the second."""
        slug, token = request.path_params["slug"], request.query_params.get("g", "")
        room = (await self._desk.started(slug, token)).room
        values = {
            "room": room,
            "label": self._kit.said(request, self._desk.label(room)),
            "guest_link": self._kit.address(f"/r/{room.slug}/call"),
            "facilitator_link": self._kit.address(f"/r/{room.slug}/call?g={token}"),
            "enter_path": f"/r/{room.slug}/call?g={token}",
            "mumble": mumble_address(self._kit.mumble, Way(room=room, code=room.slug)),
        }
        return self._kit.page(request, "started", values)

    def _page(
        self,
        request: Request,
        *,
        mine: Mapping[str, object] = NOTHING,
        name: str = "",
        link: str = "",
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            **mine,
            "open_rooms": self._desk.open_rooms,
            "writes_pads": self._desk.may_make_pads(caller_of(request)),
            "tips": TIPS,
            "role_texts": ROLE_TEXTS,
            "name": name,
            "link": link,
            "refusal": refusal,
        }
        return self._kit.page(request, "start", values, status)
