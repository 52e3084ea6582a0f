"""The JSON of an assembly, and what live pages of its room are told."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.ids import RoomId
from allmende.core.parts import LiveView
from allmende.core.permissions import Permission
from allmende.systems.plenum.events import FACTS, AgendaChanged
from allmende.systems.plenum.service import PlenumService
from allmende.systems.plenum.web.commands import COMMANDS, Asked, Command
from allmende.systems.plenum.web.kit import WebKit
from allmende.webkit.http import caller_of, json_response, read_json
from allmende.webkit.programs import ProgramRoute

LIVE_NAME: Final = "plenum.state"


def api_routes(plenum: PlenumService, kit: WebKit) -> list[Route]:
    """Return the routes of our own JSON; each command answers with the new snapshot."""

    async def snapshot(request: Request) -> Response:
        return json_response(await plenum.snapshot(caller_of(request), _room(request)))

    async def act(request: Request) -> Response:
        command = command_of(request)
        body = await read_json(request, command.body)
        kit.count(request)
        asked = Asked(caller_of(request), _room(request), kit.language(request))
        return json_response(await command.step(plenum, asked, body))

    path = "/api/v1/rooms/{room_id:id}/plenum"
    return [
        ProgramRoute(path, snapshot, methods=["GET"], opened_by=Scope.CHAT_READ),
        Route(path + "/{command}", act, methods=["POST"]),
    ]


def command_of(request: Request) -> Command:
    """Return the command in the path. Raises NotFound ``web.not-found``."""
    command = COMMANDS.get(request.path_params["command"])
    if command is None:
        raise NotFound("web.not-found")
    return command


def live_views(plenum: PlenumService) -> Sequence[LiveView]:
    """Return one view a fact; each tells who is let in the whole state."""

    async def show(who: Caller, fact: AgendaChanged) -> object | None:
        try:
            return await plenum.snapshot(who, fact.room_id)
        except NotAllowed:
            return None

    see = Permission.PLENUM_SEE
    return [
        LiveView(event=kind, name=LIVE_NAME, permission=see, show=show, scope=Scope.CHAT_READ)
        for kind in FACTS
    ]


def _room(request: Request) -> RoomId:
    return RoomId(request.path_params["room_id"])
