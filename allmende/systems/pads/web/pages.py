"""The page of a pad, and what an editor or a form on it asks for."""

from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Scope
from allmende.core.errors import NotFound, UserError
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import Capability
from allmende.systems.pads.model.policy import (
    MAX_APPEND_CHARS,
    end_of,
    ends_soon,
    pad_label,
)
from allmende.systems.pads.service.carrying import Form
from allmende.systems.pads.service.finding import OpenPad
from allmende.systems.pads.service.pads import PadService
from allmende.systems.pads.web.kit import (
    BASES,
    Author,
    PadKit,
    address_of,
    below_pads,
    route,
    to,
)
from allmende.webkit.errors import status_of
from allmende.webkit.forms import Refusal
from allmende.webkit.http import caller_of, json_response, read_form, read_json

_SMALL: Final = 4096
LIVE_PATH: Final = "/p/ws/live"
SHARE_TEXTS: Final = {
    Capability.READ: "pads.share-read",
    Capability.EDIT: "pads.share-edit",
    Capability.ADMIN: "pads.share-admin",
}
_VIEWS: Final = ("text", "follow")
_READING_S: Final = 10
"""How often the view of those who follow renews itself. What is typed there would be lost."""


class Editor(msgspec.Struct, forbid_unknown_fields=True):
    """An editor comes: its Yjs clientID."""

    client: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Me(msgspec.Struct, forbid_unknown_fields=True):
    """What I want to be called here, and my colour."""

    name: str = ""
    colour: Annotated[int, Meta(ge=0, le=1000)] = 0


class More(msgspec.Struct, forbid_unknown_fields=True):
    """Paragraphs to add."""

    text: str = ""


def page_routes(pads: PadService, kit: PadKit) -> list[Route]:
    """Return the routes below the address of a pad; those with one more word come first."""
    pages = PadPages(pads, kit)
    for_programs = [
        ("/session", pages.session, "POST"),
        ("/state", pages.state, "GET"),
        ("/export/{form}", pages.export, "GET"),
    ]
    below = [("/append", pages.append, "POST"), ("/me", pages.call_me, "POST")]
    return [*below_pads(for_programs, Scope.PADS_READ), *below_pads(below)]


def base_routes(pads: PadService, kit: PadKit) -> list[Route]:
    """Return the routes of the pages themselves. They come last: a name may be any word."""
    pages = PadPages(pads, kit)
    return [route(base, pages.shown, "GET") for base in BASES]


class PadPages:
    """Everybody sees a pad by the same page, with what they may do."""

    def __init__(self, pads: PadService, kit: PadKit) -> None:
        self._pads = pads
        self._kit = kit

    async def shown(self, request: Request) -> Response:
        """Show the pad. ``?view=text``: what it says, without an editor; ``follow``: renewed."""
        return await self._page(request)

    async def session(self, request: Request) -> Response:
        """Let an editor in."""
        editor = await read_json(request, Editor, limit_bytes=_SMALL)
        author = Author(request)
        entry = await self._pads.enter(
            caller_of(request),
            address_of(request),
            author.secret,
            editor.client,
            self._kit.texts.language_of(request),
        )
        limits = {
            "text_bytes": self._pads.text_bytes,
            "message_bytes": PadLimits().message_bytes,
            "updates_per_s": PadLimits().updates_per_s,
        }
        answer = {**msgspec.structs.asdict(entry), "url": LIVE_PATH, "limits": limits}
        return author.kept(json_response(answer))

    async def state(self, request: Request) -> Response:
        """Send the whole document as one update."""
        data = await self._pads.packed(caller_of(request), address_of(request))
        headers = {"Cache-Control": "no-store", "Content-Encoding": "gzip"}
        return Response(data, 200, headers, media_type="application/octet-stream")

    async def export(self, request: Request) -> Response:
        """Send the text as a file."""
        asked = request.path_params["form"]
        if asked not in list(Form):
            raise NotFound("web.not-found")
        language = self._kit.texts.language_of(request)
        file = await self._pads.export(
            caller_of(request), address_of(request), Form(asked), language
        )
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(file.data, 200, headers, media_type=file.media_type)

    async def append(self, request: Request) -> Response:
        """Add a paragraph without an editor."""
        form, author = await read_form(request, More), Author(request)
        who, address = caller_of(request), address_of(request)
        opened = await self._pads.open(who, address)
        try:
            self._kit.written.take(f"{opened.pad.id} {who.account_id or author.secret}")
            await self._pads.append(who, address, author.secret, form.text)
        except UserError as error:
            sentence = self._kit.pages.translator(request)(error.message_id, **error.values)
            refusal = Refusal("text", sentence)
            return await self._page(request, form.text, refusal, status_of(error))
        return author.kept(to(f"{address.base}?view=text#end"))

    async def call_me(self, request: Request) -> Response:
        """Take another name and colour: JSON for the editor."""
        me, author = await read_json(request, Me, limit_bytes=_SMALL), Author(request)
        shown = await self._pads.call_me(
            caller_of(request), address_of(request), author.secret, me.name, me.colour
        )
        return author.kept(json_response(shown))

    async def _page(
        self, request: Request, text: str = "", refusal: Refusal | None = None, status: int = 200
    ) -> Response:
        who, address = caller_of(request), address_of(request)
        view = "text" if refusal is not None else request.query_params.get("view", "")
        found = await self._pads.page(who, address, whole=view in _VIEWS)
        view = view if view in _VIEWS else "follow" if found.is_full else ""
        opened, now = found.opened, self._kit.clock.now()
        with_chat = self._kit.with_chat and found.reads_chat
        values = {
            **about(request, self._kit, opened),
            "html": found.html,
            "people": found.people,
            "view": view,
            "renewed_s": _READING_S,
            "chat_room": opened.room if with_chat else None,
            "writes_chat": found.writes_chat,
            "moderates_chat": found.moderates_chat,
            "ends_soon": ends_soon(opened.pad, now),
            "shares": await self._shares(request, opened),
            "text": text,
            "refusal": refusal,
            "max_chars": MAX_APPEND_CHARS,
        }
        response = self._kit.page(request, "pad", values, status)
        if view == "follow":
            response.headers["Refresh"] = str(_READING_S)
        return response

    async def _shares(self, request: Request, opened: OpenPad) -> list[tuple[str, str]]:
        """Return pairs of message id and link: what the caller may hand on."""
        here = self._kit.address(opened.address.base)
        own = SHARE_TEXTS[opened.capability] if opened.link is not None else "pads.share-here"
        shares = [(own, here)]
        for one in await self._pads.links_to_share(caller_of(request), opened.address):
            link = self._kit.address(one.address.base)
            if link != here and not one.link.label:
                shares.append((SHARE_TEXTS[one.link.capability], link))
        return shares


def about(request: Request, kit: PadKit, opened: OpenPad) -> dict[str, object]:
    """Return what every page below a pad says of it."""
    pad = opened.pad
    return {
        "pad": pad,
        "base": opened.address.base,
        "title": pad.title or kit.pages.translator(request)("pads.untitled"),
        "label": kit.said(request, pad_label(pad)),
        "room": opened.room,
        "group": opened.group,
        "capability": opened.capability,
        "may_edit": opened.capability.allows(Capability.EDIT),
        "administers": opened.capability is Capability.ADMIN,
        "may_see_history": opened.may_see_history,
        "ends_at": end_of(pad),
        "with_plenum": kit.with_plenum,
        "with_meet": kit.with_meet,
    }
