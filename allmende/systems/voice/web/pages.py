"""The page ``/r/SLUG/voice``."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.identity.model.ways import mumble_address
from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.web.kit import WebKit
from allmende.webkit.http import caller_of

MAX_LINK_CHARS: Final = 200


def page_routes(pages: LightPages, kit: WebKit) -> list[Route]:
    """Return the route of the page."""

    async def voice(request: Request) -> Response:
        link = _link(request)
        door = await pages.door(caller_of(request), request.path_params["slug"], link)
        query = "" if link is None else f"?{urlencode({'g': link})}"
        values = {
            "room": door.room,
            "door": door,
            "link": link or "",
            "call_path": f"/r/{door.room.slug}/call{query}",
            "mumble": mumble_address(kit.mumble, door.way),
            "slots": kit.slots,
            "with_chat": kit.with_chat,
        }
        return kit.pages.render(request, "voice/page.html", values, media=True)

    return [Route("/r/{slug}/voice", voice, methods=["GET"])]


def _link(request: Request) -> str | None:
    link = request.query_params.get("g", "")
    return link if 0 < len(link) <= MAX_LINK_CHARS else None
