import asyncio

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message

from allmende.transports.doorway import Doorway


def get(door: Doorway) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(door)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/")

    return asyncio.run(ask())


def test_before_the_house_is_ready_people_are_asked_to_come_back() -> None:
    answer = get(Doorway())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "ein paar Sekunden" in answer.text


def test_before_the_house_is_ready_a_web_socket_is_closed_with_try_again_later() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Doorway()({"type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1013}]


def test_then_everybody_goes_through() -> None:
    door = Doorway()
    door.open(Starlette(routes=[Route("/", lambda request: PlainTextResponse("in"))]))
    assert get(door).text == "in"
