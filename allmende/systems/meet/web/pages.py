"""The pages ``/r/SLUG``, ``/r/SLUG/call`` and ``/r/SLUG/left``."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from allmende.identity.model.ways import mumble_address
from allmende.systems.meet.model import CallRole
from allmende.systems.meet.service import Doorway, MeetService
from allmende.systems.meet.web.kit import WebKit
from allmende.webkit.http import caller_of

MAX_LINK_CHARS: Final = 200
WHY: Final = ("removed", "ended", "elsewhere", "lost")
"""Why a call was over, other than by leaving it (``End`` in frontend/meet/call.ts)."""


def page_routes(meet: MeetService, kit: WebKit) -> list[Route]:
    """Return the routes of the pages of a call."""

    async def room(request: Request) -> Response:
        return RedirectResponse(_path(request, "call"), 303, {"Cache-Control": "no-store"})

    async def call(request: Request) -> Response:
        door = await _doorway(meet, request)
        beside = {
            "with_chat": kit.with_chat,
            "with_plenum": kit.with_plenum,
            "voice_path": _path(request, "voice") if kit.with_voice else "",
        }
        mumble = mumble_address(kit.mumble, door.way)
        values = {**_about(request, door), **beside, "mumble": mumble, "way": door.way}
        return kit.pages.render(request, "meet/call.html", values, media=True)

    async def left(request: Request) -> Response:
        door = await _doorway(meet, request)
        asked = request.query_params.get("why", "")
        values = {**_about(request, door), "why": asked if asked in WHY else "title"}
        return kit.pages.render(request, "meet/left.html", values)

    return [
        Route("/r/{slug}", room, methods=["GET"]),
        Route("/r/{slug}/call", call, methods=["GET"]),
        Route("/r/{slug}/left", left, methods=["GET"]),
    ]


async def _doorway(meet: MeetService, request: Request) -> Doorway:
    return await meet.doorway(caller_of(request), request.path_params["slug"], _link(request))


def _link(request: Request) -> str | None:
    link = request.query_params.get("g", "")
    return link if 0 < len(link) <= MAX_LINK_CHARS else None


def _path(request: Request, page: str) -> str:
    link = _link(request)
    query = "" if link is None else f"?{urlencode({'g': link})}"
    return f"/r/{request.path_params['slug']}/{page}{query}"


def _about(request: Request, door: Doorway) -> dict[str, object]:
    return {
        "room": door.room,
        "door": door,
        "facilitates": door.role is CallRole.FACILITATOR,
        "link": _link(request) or "",
        "call_path": _path(request, "call"),
        "left_path": _path(request, "left"),
    }
