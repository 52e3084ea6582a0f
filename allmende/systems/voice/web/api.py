"""``/api/v1/rooms/ID/voice``: an offer is answered, DELETE leaves; and the echo test."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.ids import RoomId
from allmende.systems.voice.service.lightpages import LightKnock, LightPages, LightWish
from allmende.systems.voice.web.kit import WebKit
from allmende.webkit.csrf import require_same_site
from allmende.webkit.http import caller_of, json_response, read_json
from allmende.webkit.sessions import set_guest_cookie

BASE: Final = "/api/v1/rooms/{room_id:id}/voice"
MAX_IDENTITY_CHARS: Final = 200
_BODY_BYTES: Final = 65_536
"""An offer of 32 KiB is refused by its own limit, with its own words."""


class Offer(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody pressed join: one section that sends and one for each slot.

    ``again``: the identity of a page that lost its connection; ``listens``: without microphone.
    """

    sdp: str
    name: str = ""
    link: str | None = None
    again: str | None = None
    listens: bool = False


class EchoOffer(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody wants to hear themself; the same sections."""

    sdp: str


def api_routes(pages: LightPages, kit: WebKit) -> list[Route]:
    """Return the routes of our own JSON."""

    async def enter(request: Request) -> Response:
        body = await read_json(request, Offer, limit_bytes=_BODY_BYTES)
        kit.joins.take(kit.addresses.key_of(request))
        wish = LightWish(
            offer=body.sdp,
            name=body.name,
            link=body.link,
            again=body.again,
            listens=body.listens,
        )
        found = await pages.enter(caller_of(request), _room(request), wish)
        if isinstance(found, LightKnock):
            response = json_response({"state": "waiting", "key": found.key}, 202)
        else:
            seat = found.leg.seat
            inside = {
                "sdp": found.answer.sdp,
                "slots": found.answer.slots,
                "session": found.leg.session,
                "identity": seat.identity,
                "name": seat.name,
                "role": seat.role,
                "speak": found.may_speak,
                "ice_servers": [],
            }
            response = json_response(inside, 201)
        if found.guest_token is not None:
            set_guest_cookie(response, request, found.guest_token, None)
        return response

    async def echo(request: Request) -> Response:
        body = await read_json(request, EchoOffer, limit_bytes=_BODY_BYTES)
        kit.joins.take(kit.addresses.key_of(request))
        return json_response({"sdp": (await pages.echo(body.sdp)).sdp}, 201)

    async def leave(request: Request) -> Response:
        require_same_site(request)
        me = request.query_params.get("me", "")[:MAX_IDENTITY_CHARS]
        await pages.leave(caller_of(request), _room(request), me)
        return json_response({})

    return [
        Route("/api/v1/voice/echo", echo, methods=["POST"]),
        Route(BASE, enter, methods=["POST"]),
        Route(BASE, leave, methods=["DELETE"]),
    ]


def _room(request: Request) -> RoomId:
    return RoomId(request.path_params["room_id"])
