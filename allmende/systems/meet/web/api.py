"""Our own JSON below ``/api/v1/rooms/ID/call/``: thin routes from a body to one service call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Caller
from allmende.core.ids import RoomId
from allmende.identity.model.ways import mumble_address
from allmende.systems.meet.service import Joined, MeetService, Snapshot, Waiting, Wish
from allmende.systems.meet.web.kit import WebKit
from allmende.webkit.http import caller_of, json_response, read_json
from allmende.webkit.qr import qr_paths
from allmende.webkit.sessions import set_guest_cookie

_BODY_BYTES: Final = 16_384
_BASE: Final = "/api/v1/rooms/{room_id:id}/call"


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No field at all."""


class Join(msgspec.Struct, forbid_unknown_fields=True, rename={"door_pass": "pass"}):
    """Somebody pressed join; ``audio``, ``video`` and ``low`` say with what."""

    name: str = ""
    link: str | None = None
    door_pass: str | None = None
    again: str | None = None
    audio: bool = True
    video: bool = False
    low: bool = False


class Up(msgspec.Struct, forbid_unknown_fields=True):
    """One's own hand."""

    up: bool


class On(msgspec.Struct, forbid_unknown_fields=True):
    """A switch."""

    on: bool


class One(msgspec.Struct, forbid_unknown_fields=True):
    """One participant."""

    identity: str


class OneOrNone(msgspec.Struct, forbid_unknown_fields=True):
    """One participant, or nobody."""

    identity: str | None = None


class Track(msgspec.Struct, forbid_unknown_fields=True):
    """One track of one participant."""

    identity: str
    source: str = "microphone"


class Sources(msgspec.Struct, forbid_unknown_fields=True):
    """What one participant may still send."""

    identity: str
    sources: list[str]


class Most(msgspec.Struct, forbid_unknown_fields=True):
    """How many cameras; None: as many as fit."""

    most: int | None = None


class Key(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody at the door."""

    key: str


class Invite(msgspec.Struct, forbid_unknown_fields=True):
    """The link one came by; ``make``: a new one for guests."""

    link: str | None = None
    make: bool = False


class NewName(msgspec.Struct, forbid_unknown_fields=True):
    """How somebody wants to be called."""

    name: str


Step = Callable[[MeetService, Caller, RoomId, Any], Awaitable[Snapshot | None]]


@dataclass(frozen=True, slots=True)
class Command:
    """A path below ``call/``: what its body is and which method of the service it means."""

    body: type[msgspec.Struct]
    step: Step


COMMANDS: Final = {
    "hand": Command(Up, lambda meet, who, room, body: meet.hand(who, room, up=body.up)),
    "call-next": Command(Nothing, lambda meet, who, room, _: meet.call_next(who, room)),
    "call": Command(One, lambda meet, who, room, body: meet.call(who, room, body.identity)),
    "floor-end": Command(Nothing, lambda meet, who, room, _: meet.floor_end(who, room)),
    "lower": Command(One, lambda meet, who, room, body: meet.lower(who, room, body.identity)),
    "mute": Command(
        Track, lambda meet, who, room, body: meet.mute(who, room, body.identity, body.source)
    ),
    "mute-all": Command(Nothing, lambda meet, who, room, _: meet.mute_all(who, room)),
    "unmute": Command(One, lambda meet, who, room, body: meet.unmute(who, room, body.identity)),
    "unmute-all": Command(Nothing, lambda meet, who, room, _: meet.unmute_all(who, room)),
    "moderated": Command(On, lambda meet, who, room, body: meet.moderated(who, room, on=body.on)),
    "remove": Command(One, lambda meet, who, room, body: meet.remove(who, room, body.identity)),
    "lock": Command(On, lambda meet, who, room, body: meet.lock(who, room, on=body.on)),
    "end": Command(Nothing, lambda meet, who, room, _: meet.end(who, room)),
    "spotlight": Command(
        OneOrNone, lambda meet, who, room, body: meet.spotlight(who, room, body.identity)
    ),
    "rights": Command(
        Sources,
        lambda meet, who, room, body: meet.rights(who, room, body.identity, body.sources),
    ),
    "cameras": Command(Most, lambda meet, who, room, body: meet.cameras(who, room, body.most)),
    "admit": Command(Key, lambda meet, who, room, body: meet.admit(who, room, body.key)),
    "admit-all": Command(Nothing, lambda meet, who, room, _: meet.admit_all(who, room)),
    "refuse": Command(Key, lambda meet, who, room, body: meet.refuse(who, room, body.key)),
    "leave": Command(OneOrNone, lambda meet, who, room, body: meet.leave(who, room, body.identity)),
}


class Api:
    """The answers that are more than one call of the service."""

    def __init__(self, meet: MeetService, kit: WebKit) -> None:
        self._meet = meet
        self._kit = kit

    async def join(self, request: Request) -> Response:
        """Come in (200), or wait at the door (202); a guest gets a cookie."""
        body, room_id = await read_json(request, Join, limit_bytes=_BODY_BYTES), _room(request)
        self._kit.joins.take(self._kit.addresses.key_of(request))
        wish = Wish(
            name=body.name,
            link=body.link,
            door_pass=body.door_pass,
            video=body.video,
            again=body.again,
        )
        answer = await self._meet.join(caller_of(request), room_id, wish)
        if isinstance(answer, Waiting):
            waits = {"state": "waiting", "ticket": answer.ticket}
            return _with_guest(request, json_response(waits, 202), answer.guest_token)
        snapshot = self._meet.snapshot_of(room_id)
        response = json_response(_joined(request, self._kit, answer, snapshot))
        return _with_guest(request, response, answer.guest_token)

    async def name(self, request: Request) -> Response:
        """Be called something else."""
        body = await read_json(request, NewName, limit_bytes=_BODY_BYTES)
        renamed = await self._meet.name(caller_of(request), _room(request), body.name)
        return _with_guest(request, json_response({"name": renamed.name}), renamed.guest_token)

    async def state(self, request: Request) -> Response:
        """What holds in the call now."""
        return json_response(await self._meet.snapshot(caller_of(request), _room(request)))

    async def waiting(self, request: Request) -> Response:
        """Who waits at the door."""
        return json_response(list(await self._meet.waiting(caller_of(request), _room(request))))

    async def invite(self, request: Request) -> Response:
        """What to pass on, as an address and as a code to scan."""
        body = await read_json(request, Invite, limit_bytes=_BODY_BYTES)
        who = caller_of(request)
        found = await self._meet.invitation(who, _room(request), body.link, make=body.make)
        mumble = mumble_address(self._kit.mumble, found.way)
        return json_response(
            {
                **_drawn(self._kit.address(found.path)),
                "mumble": _drawn(mumble) if mumble else None,
                "members_only": found.members_only,
                "may_make_links": found.may_make_links,
            }
        )

    async def echo(self, request: Request) -> Response:
        """Tickets for both legs of an echo test."""
        await read_json(request, Nothing, limit_bytes=_BODY_BYTES)
        self._kit.echoes.take(self._kit.addresses.key_of(request))
        opened = await self._meet.echo()
        return json_response({"url": opened.url, "tokens": [opened.send, opened.receive]})


def api_routes(meet: MeetService, kit: WebKit) -> list[Route]:
    """Return the routes of our own JSON."""
    api = Api(meet, kit)
    return [
        Route(f"{_BASE}/join", api.join, methods=["POST"]),
        Route(f"{_BASE}/name", api.name, methods=["POST"]),
        Route(f"{_BASE}/invite", api.invite, methods=["POST"]),
        Route(f"{_BASE}/waiting", api.waiting, methods=["GET"]),
        Route(_BASE, api.state, methods=["GET"]),
        Route("/api/v1/echo", api.echo, methods=["POST"]),
        *(
            Route(f"{_BASE}/{path}", _endpoint(meet, command), methods=["POST"])
            for path, command in COMMANDS.items()
        ),
    ]


def _endpoint(meet: MeetService, command: Command) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await read_json(request, command.body, limit_bytes=_BODY_BYTES)
        answer = await command.step(meet, caller_of(request), _room(request), body)
        return json_response({} if answer is None else answer)

    return endpoint


def _drawn(url: str) -> dict[str, object]:
    """An address, and as a code to scan."""
    code = qr_paths(url)
    return {"url": url, "size": code.size, "path": code.path}


def _room(request: Request) -> RoomId:
    return RoomId(request.path_params["room_id"])


def _with_guest(request: Request, response: Response, token: str | None) -> Response:
    if token is not None:
        set_guest_cookie(response, request, token, None)
    return response


def _joined(request: Request, kit: WebKit, joined: Joined, snapshot: Snapshot) -> dict[str, object]:
    refused = None
    if joined.camera_fits is False:
        language = kit.texts.language_of(request)
        refused = kit.texts.text(language, "meet.camera-does-not-fit", n=joined.cameras_fit)
    return {
        "url": joined.ticket.url,
        "token": joined.ticket.token,
        "identity": joined.identity,
        "name": joined.name,
        "role": joined.role,
        "rights": {
            "sources": sorted(joined.rights.sources),
            "data": joined.rights.data,
            "suppressed": joined.rights.suppressed,
        },
        "pass": joined.door_pass,
        "ends_at": joined.ends_at,
        "cameras_fit": joined.cameras_fit,
        "camera_refused": refused,
        "state": snapshot,
    }
