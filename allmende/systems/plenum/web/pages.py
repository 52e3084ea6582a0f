"""The pages ``/r/SLUG/plenum`` and ``/r/SLUG/plenum/over``, and the forms on them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
from babel.dates import get_timezone_name
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from allmende.core.errors import UserError
from allmende.core.late import Late
from allmende.identity.model.ways import mumble_address
from allmende.protocols.markup.html import write_html
from allmende.protocols.markup.tree import Heading
from allmende.systems.plenum.model.agenda import MAX_ITEMS, MAX_MINUTES, ItemKind
from allmende.systems.plenum.model.assembly import AssemblyState
from allmende.systems.plenum.model.listing import write_listing
from allmende.systems.plenum.model.texts import MAX_NOTE_CHARS, MAX_PRESENTER_CHARS, MAX_TITLE_CHARS
from allmende.systems.plenum.service import PlenumPage, PlenumService
from allmende.systems.plenum.web.api import command_of
from allmende.systems.plenum.web.commands import Asked
from allmende.systems.plenum.web.kit import WebKit
from allmende.webkit.errors import status_of
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, read_form
from allmende.webkit.sessions import set_guest_cookie

if TYPE_CHECKING:
    from allmende.protocols.markup.markdown import reading
else:
    reading = Late("allmende.protocols.markup.markdown.reading")

MAX_LINK_CHARS: Final = 200
WHY: Final = ("removed", "ended", "elsewhere", "lost")
"""Why a call was over, other than by leaving it; as on the page of the call."""
EXPORTS: Final = ("md", "html", "txt")
_ALIVE: Final = (AssemblyState.OPEN, AssemblyState.RUNNING, AssemblyState.PAUSED)
_LIMITS: Final = {
    "title": MAX_TITLE_CHARS,
    "presenter": MAX_PRESENTER_CHARS,
    "note": MAX_NOTE_CHARS,
    "minutes": MAX_MINUTES,
    "items": MAX_ITEMS,
}
_LOWER: Final = 2
_LOWEST: Final = 6
_EDITS: Final = ("add", "change", "move", "remove", "import")
"""Commands of the page on which the agenda is edited; it does not load itself anew."""


class NameForm(msgspec.Struct, forbid_unknown_fields=True):
    """How somebody without an account is called."""

    name: str = ""


class Page:
    """Shows the page; ``edit``: with the forms of the agenda, which nothing loads anew."""

    def __init__(self, plenum: PlenumService, kit: WebKit) -> None:
        self._plenum = plenum
        self._kit = kit

    async def shown(
        self,
        request: Request,
        *,
        edit: bool,
        typed: Mapping[str, Any] | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page as the caller may see it."""
        page = await self._found(request)
        values = {
            **self._about(request, page),
            "edit": edit and page.inside is not None and page.inside.snapshot.may.facilitate,
            "typed": typed or {},
            "refusal": refusal,
            "limits": _LIMITS,
            "kinds": list(ItemKind),
            "with_chat": self._kit.with_chat,
            "mumble": mumble_address(self._kit.mumble, page.way),
        }
        return self._kit.pages.render(request, "plenum/room.html", values, status, media=True)

    async def over(self, request: Request) -> Response:
        """Show what is left when somebody has left: the minutes, and the way back."""
        page = await self._found(request)
        asked = request.query_params.get("why", "")
        values = {
            **self._about(request, page),
            "why": asked if asked in WHY else "title",
        }
        return self._kit.pages.render(request, "plenum/over.html", values)

    async def _found(self, request: Request) -> PlenumPage:
        slug, link = request.path_params["slug"], link_of(request)
        return await self._plenum.page(caller_of(request), slug, link or None)

    def _about(self, request: Request, page: PlenumPage) -> dict[str, object]:
        inside = page.inside
        assembly = None if inside is None else inside.snapshot.assembly
        newest = None if inside is None else inside.newest
        markdown = None if inside is None else inside.minutes
        pad = None if newest is None else newest.pad
        language = self._kit.texts.language_of(request)
        zone = self._kit.zone
        return {
            "page": page,
            "room": page.room,
            "inside": inside,
            "assembly": assembly,
            "alive": assembly is not None and assembly.state in _ALIVE,
            "facilitates": inside is not None and inside.snapshot.may.facilitate,
            "minutes_html": "" if markdown is None else minutes_html(markdown),
            "pad": pad if markdown is not None else None,
            "listing": "" if newest is None else write_listing(newest.agenda.items, language),
            "exports": EXPORTS,
            "link": link_of(request),
            "plenum_path": path_of(request, ""),
            "query": _query(request),
            "edit_path": path_of(request, "", edit=True),
            "over_path": path_of(request, "/over"),
            "clock": lambda at: _clock(at, zone),
            "zone_name": _zone_name(zone, language),
        }


def page_routes(plenum: PlenumService, kit: WebKit) -> list[Route]:
    """Return the routes of the pages and their forms."""
    page = Page(plenum, kit)

    async def room(request: Request) -> Response:
        return await page.shown(request, edit=bool(request.query_params.get("edit")))

    async def act(request: Request) -> Response:
        name, command = request.path_params["command"], command_of(request)
        body = await read_form(request, command.body)
        kit.count(request)
        who = caller_of(request)
        try:
            room_id = await plenum.room_named(request.path_params["slug"])
            await command.step(plenum, Asked(who, room_id, kit.language(request)), body)
        except UserError as error:
            return await again(request, name, body, error)
        return RedirectResponse(path_of(request, "", edit=name in _EDITS), 303)

    async def again(
        request: Request, name: str, body: msgspec.Struct, error: UserError
    ) -> Response:
        sentence = kit.pages.translator(request)(error.message_id, **error.values)
        return await page.shown(
            request,
            edit=name in _EDITS,
            typed={**msgspec.structs.asdict(body), "command": name},
            refusal=Refusal(str(error.values.get("field", "")), sentence),
            status=status_of(error),
        )

    async def enter(request: Request) -> Response:
        form = await read_form(request, NameForm)
        kit.joins.take(kit.addresses.key_of(request))
        who, slug = caller_of(request), request.path_params["slug"]
        try:
            token = await plenum.enter(who, slug, form.name, link_of(request) or None)
        except UserError as error:
            return await again(request, "enter", form, error)
        response = RedirectResponse(path_of(request, ""), 303)
        if token is not None:
            set_guest_cookie(response, request, token, None)
        return response

    return [
        Route("/r/{slug}/plenum", room, methods=["GET"]),
        Route("/r/{slug}/plenum/over", page.over, methods=["GET"]),
        Route("/r/{slug}/plenum/enter", enter, methods=["POST"]),
        Route("/r/{slug}/plenum/{command}", act, methods=["POST"]),
    ]


def minutes_html(markdown: str) -> str:
    """Return the minutes for the page, whose own headings stand above theirs."""
    return write_html(
        tuple(
            replace(block, level=min(block.level + _LOWER, _LOWEST))
            if isinstance(block, Heading)
            else block
            for block in reading.read_markdown(markdown)
        )
    )


def link_of(request: Request) -> str:
    """Return the link somebody came by, '' if there is none."""
    link = request.query_params.get("g", "")
    return link if len(link) <= MAX_LINK_CHARS else ""


def path_of(request: Request, page: str, *, edit: bool = False) -> str:
    """Return the path of a page of this assembly, for somebody who came by the same link."""
    return f"/r/{request.path_params['slug']}/plenum{page}{_query(request, edit=edit)}"


def _query(request: Request, *, edit: bool = False) -> str:
    link = link_of(request)
    values = {**({"g": link} if link else {}), **({"edit": "1"} if edit else {})}
    return f"?{urlencode(values)}" if values else ""


def _clock(at: datetime, zone: Any) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _zone_name(zone: Any, language: str) -> str:
    return str(get_timezone_name(zone, width="long", locale=language))
