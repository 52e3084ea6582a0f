"""``/p/ws/live``: y-protocols, one message in one binary WebSocket message (spec pads, 5).

Our own editor offers the subprotocols ``allmende.pad.1`` and ``ticket.TICKET``; a stock
y-websocket client brings ``?ticket=TICKET``. The query never reaches a log. A program that
signs in with Basic needs a ticket as well, which it gets with its app password.
"""

from typing import Final, Protocol

from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket

from allmende.core.accounts import Scope
from allmende.systems.pads.service.engine import PadSocket
from allmende.webkit.programs import ProgramSocket
from allmende.webkit.sockets import StarletteSocket, is_same_origin

PATH: Final = "/p/ws/live"
SUBPROTOCOL: Final = "allmende.pad.1"
_TICKET: Final = "ticket."


class Editors(Protocol):
    """Who serves editors: PadEngine."""

    async def connect(self, token: str, socket: PadSocket, *, controls: bool) -> None:
        """Serve one editor until its socket is closed."""
        ...


def live_routes(editors: Editors) -> list[BaseRoute]:
    """Return the WebSocket of all pads. No pad is looked up before the ticket is good."""

    async def live(socket: WebSocket) -> None:
        if not is_same_origin(socket):
            await socket.send_denial_response(PlainTextResponse("other site", 403))
            return
        offered: list[str] = socket.scope.get("subprotocols", [])
        controls = SUBPROTOCOL in offered
        await socket.accept(subprotocol=SUBPROTOCOL if controls else None)
        carried: PadSocket = StarletteSocket(socket)
        await editors.connect(_ticket(socket, offered), carried, controls=controls)

    return [ProgramSocket(PATH, live, opened_by=Scope.PADS_READ)]


def _ticket(socket: WebSocket, offered: list[str]) -> str:
    for one in offered:
        if one.startswith(_TICKET):
            return one.removeprefix(_TICKET)
    return socket.query_params.get("ticket", "")
