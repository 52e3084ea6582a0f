"""``/p/ws/live``: who may connect, with which ticket, and what a closed socket says."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette

from allmende.systems.pads.service.engine import PadSocket
from allmende.systems.pads.wire import PATH, live_routes

OURS = "https://pads.example"


@dataclass
class Editors:
    """Notes who connects, and says back what it is told."""

    came: list[tuple[str, bool]] = field(default_factory=list)
    heard: list[bytes | None] = field(default_factory=list)
    late: list[type[Exception]] = field(default_factory=list)

    async def connect(self, token: str, socket: PadSocket, *, controls: bool) -> None:
        self.came.append((token, controls))
        while (data := await socket.receive()) is not None:
            self.heard.append(data)
            await socket.send(data)
        self.heard.append(await socket.receive())
        try:
            await socket.send(b"too late")
        except ConnectionError as failure:
            self.late.append(type(failure))
        await socket.close(4403)


def talk(
    editors: Editors,
    *said: dict[str, Any],
    query: bytes = b"",
    offered: tuple[str, ...] = (),
    origin: str | None = OURS,
) -> list[dict[str, Any]]:
    """Open a WebSocket, say everything, go away; return what was answered (ASGI messages)."""
    messages = [{"type": "websocket.connect"}, *said, {"type": "websocket.disconnect"}]
    heard: list[dict[str, Any]] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        heard.append(message)

    headers = [(b"host", b"pads.example")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {
        "type": "websocket",
        "path": PATH,
        "query_string": query,
        "headers": headers,
        "subprotocols": list(offered),
        "extensions": {"websocket.http.response": {}},
    }
    application = Starlette(routes=live_routes(editors))
    asyncio.run(application(scope, receive, send))
    return heard


def frame(data: bytes) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": data}


def test_our_editor_brings_its_ticket_as_a_subprotocol_and_gets_control_messages() -> None:
    editors = Editors()
    heard = talk(editors, offered=("allmende.pad.1", "ticket.abc"))
    assert editors.came == [("abc", True)]
    assert heard[0]["subprotocol"] == "allmende.pad.1"


def test_a_stock_client_brings_its_ticket_in_the_query_and_sees_nothing_else() -> None:
    editors = Editors()
    heard = talk(editors, query=b"ticket=abc", origin=None)
    assert editors.came == [("abc", False)]
    assert heard[0]["subprotocol"] is None


@pytest.mark.parametrize("offered", [(), ("ticket.",), ("allmende.pad.1",)])
def test_without_a_ticket_the_engine_is_asked_with_an_empty_one(offered: tuple[str, ...]) -> None:
    editors = Editors()
    talk(editors, offered=offered)
    assert [token for token, _ in editors.came] == [""]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://pads.example.evil.example", "https://["]
)
def test_a_page_of_another_site_cannot_connect(origin: str) -> None:
    editors = Editors()
    heard = talk(editors, query=b"ticket=abc", origin=origin)
    assert editors.came == []
    assert heard[0]["status"] == 403


def test_whole_messages_go_both_ways_and_text_is_an_empty_one() -> None:
    editors = Editors()
    heard = talk(editors, frame(b"\x00\x01"), {"type": "websocket.receive", "text": "hello"})
    assert editors.heard[:2] == [b"\x00\x01", b""]
    assert [message["bytes"] for message in heard[1:]] == [b"\x00\x01", b""]


def test_a_closed_socket_says_so_and_is_closed_once() -> None:
    editors = Editors()
    heard = talk(editors)
    assert editors.heard == [None]
    assert editors.late == [ConnectionError]
    assert [message["type"] for message in heard] == ["websocket.accept"]
