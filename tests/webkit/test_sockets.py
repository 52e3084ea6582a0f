"""A WebSocket that carries messages of bytes."""

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from allmende.webkit.sockets import StarletteSocket
from tests.webkit.house import websocket


def test_messages_go_both_ways_text_counts_as_empty_and_the_end_is_none() -> None:
    heard: list[bytes | None] = []

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        messages = StarletteSocket(socket)
        message = await messages.receive()
        while message is not None:
            heard.append(message)
            await messages.send(message)
            message = await messages.receive()
        heard.append(await messages.receive())
        with pytest.raises(ConnectionError):
            await messages.send(b"late")
        await messages.close(1000)

    answered = websocket(
        Starlette(routes=[WebSocketRoute("/", echo)]),
        "/",
        {"type": "websocket.receive", "bytes": b"\x01\x02"},
        {"type": "websocket.receive", "text": "words"},
    )
    assert answered[0]["type"] == "websocket.accept"
    assert [message["bytes"] for message in answered[1:]] == [b"\x01\x02", b""]
    assert heard == [b"\x01\x02", b"", None]


def test_it_is_closed_with_a_code_and_only_once() -> None:
    async def refuse(socket: WebSocket) -> None:
        await socket.accept()
        messages = StarletteSocket(socket)
        await messages.close(4403)
        await messages.close(1000)
        with pytest.raises(ConnectionError):
            await messages.send(b"late")

    answered = websocket(Starlette(routes=[WebSocketRoute("/", refuse)]), "/")
    assert [message.get("code") for message in answered[1:]] == [4403]


@pytest.mark.parametrize("failure", [WebSocketDisconnect(1006), RuntimeError("closed")])
def test_one_that_goes_away_while_something_is_sent_is_a_broken_connection(
    failure: Exception,
) -> None:
    class Leaving(WebSocket):
        async def send_bytes(self, data: bytes) -> None:
            raise failure

        async def close(self, code: int = 1000, reason: str | None = None) -> None:
            raise failure

    async def talk(socket: WebSocket) -> None:
        leaving = Leaving(socket.scope, socket.receive, socket.send)
        await leaving.accept()
        with pytest.raises(ConnectionError):
            await StarletteSocket(leaving).send(b"hello")
        await StarletteSocket(leaving).close(1000)

    answered = websocket(Starlette(routes=[WebSocketRoute("/", talk)]), "/")
    assert [message["type"] for message in answered] == ["websocket.accept"]
