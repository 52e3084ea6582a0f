import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from allmende.transports.doorway import Doorway


def test_before_the_house_is_ready_people_are_asked_to_come_back() -> None:
    answer = TestClient(Doorway()).get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "ein paar Sekunden" in answer.text


def test_before_the_house_is_ready_a_web_socket_is_closed_with_try_again_later() -> None:
    with pytest.raises(WebSocketDisconnect) as closed, TestClient(Doorway()).websocket_connect("/"):
        pass
    assert closed.value.code == 1013


def test_then_everybody_goes_through() -> None:
    door = Doorway()
    door.open(Starlette(routes=[Route("/", lambda request: PlainTextResponse("in"))]))
    assert TestClient(door).get("/").text == "in"
