"""``/rtc/v1``: each refusal has its status, frames go both ways, a closed socket is told."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette

from allmende.core.errors import (
    AllmendeError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    QuotaExceeded,
    Unavailable,
)
from allmende.systems.meet.wire import STATUS, wire_routes
from tests.systems.meet.site import catalogues
from tests.webkit.house import Browser


@dataclass
class Refusing:
    """Calls into which nobody gets."""

    error: AllmendeError | None

    def admission(self, access_token: str, join_request: str) -> Any:
        if self.error is not None:
            raise self.error
        return None


@dataclass
class Conference:
    """What ``media.signal`` is asked, without media."""

    calls: Any


def app(error: AllmendeError | None) -> Starlette:
    return Starlette(routes=wire_routes(Conference(Refusing(error)), catalogues()))


def client(error: AllmendeError | None) -> Browser:
    return Browser(app(error), "http://house.example", {})


def websocket(application: Starlette, path: str, *said: dict[str, Any]) -> list[dict[str, Any]]:
    """Open a WebSocket, say everything, go away; return what was answered (ASGI messages)."""
    messages = [{"type": "websocket.connect"}, *said, {"type": "websocket.disconnect"}]
    heard: list[dict[str, Any]] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        heard.append(dict(message))

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"access_token=x&join_request=y",
        "headers": [],
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    asyncio.run(application(scope, receive, send))
    return heard


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("meet.join-request-broken"), 400),
        (NotSignedIn("meet.token-refused"), 401),
        (NotAllowed("meet.removed-from-call"), 403),
        (NotFound("meet.no-such-call"), 404),
        (QuotaExceeded("meet.join-request-too-large"), 414),
        (Unavailable("meet.media-restarting", retry_after_s=1), 503),
    ],
)
def test_each_refusal_has_its_status_on_both_ways(error: AllmendeError, status: int) -> None:
    asked = client(error)
    answer = asked.get("/rtc/v1/validate?access_token=x&join_request=y")
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    denied = websocket(app(error), "/rtc/v1")
    assert denied[0]["type"] == "websocket.http.response.start"
    assert denied[0]["status"] == status


def test_a_room_that_is_not_there_is_named_so_that_clients_do_not_try_the_older_protocol() -> None:
    answer = client(NotFound("meet.no-such-call")).get("/rtc/v1/validate")
    assert answer.text == "requested room does not exist"
    assert client(None).get("/rtc/v1/validate").text == "success"


def test_the_older_protocol_is_not_there() -> None:
    for path in ("/rtc", "/rtc/validate"):
        assert client(None).get(path).status_code == 404


def test_the_table_of_statuses_names_errors_of_the_tree() -> None:
    assert all(issubclass(kind, AllmendeError) for kind in STATUS)
