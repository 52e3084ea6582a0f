import asyncio
import logging
import re

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message
from starlette.websockets import WebSocket

from allmende.core import errors
from allmende.webkit.errors import STATUS, error_response, status_of
from tests.webkit.house import Build

TREE = re.findall(r"- (\w+) +(\d{3}) ", errors.__doc__ or "")


def raising(error: Exception) -> list[Route]:
    async def handler(request: Request) -> Response:
        raise error

    return [Route("/page", handler), Route("/api/v1/thing", handler), Route("/rtc/v1", handler)]


def test_the_table_says_what_the_tree_says() -> None:
    written = {name: int(status) for name, status in TREE}
    assert written == {
        kind.__name__: STATUS[kind] for kind in STATUS if kind in errors.UserError.__subclasses__()
    }
    assert STATUS[errors.Unavailable] == 503


@pytest.mark.parametrize("kind", list(STATUS))
def test_each_error_is_json_for_programs_and_a_page_for_people(
    house: Build, kind: type[errors.AllmendeError]
) -> None:
    client = house(routes=raising(kind("web.refused", room="7"))).client()
    for path in ("/api/v1/thing", "/rtc/v1"):
        answer = client.get(path)
        assert answer.status_code == STATUS[kind]
        assert answer.json() == {"error": "web.refused", "values": {"room": "7"}}
    page = client.get("/page")
    assert page.status_code == STATUS[kind]
    assert "<h1>Das ging nicht.</h1>" in page.text
    assert '<p class="lead">' in page.text


def test_a_subclass_counts_as_what_it_is_a_kind_of() -> None:
    class RoomFull(errors.Conflict):
        pass

    assert status_of(RoomFull("room.full")) == 409


def test_when_to_try_again_is_said(house: Build) -> None:
    slow = house(routes=raising(errors.TooManyRequests("web.too-many-requests", retry_after_s=90)))
    assert slow.client().get("/page").headers["retry-after"] == "90"
    down = house(routes=raising(errors.Unavailable("web.refused")))
    assert down.client().get("/page").headers["retry-after"] == "5"


def test_a_bug_has_one_reference_on_the_page_and_in_the_log(
    house: Build, caplog: pytest.LogCaptureFixture
) -> None:
    client = house(routes=raising(RuntimeError("broken"))).client(**{"Accept-Language": "en"})
    with caplog.at_level(logging.ERROR, "allmende.web"):
        page = client.get("/page")
        answer = client.get("/api/v1/thing")
    assert page.status_code == answer.status_code == 500
    assert "broken" not in page.text
    on_page = re.search(r"Reference for questions: ([2-9A-HJ-NP-Z]{8})\.", page.text)
    references = [record.args[0] for record in caplog.records if isinstance(record.args, tuple)]
    assert on_page is not None
    assert references == [on_page[1], answer.json()["values"]["reference"]]


def test_what_a_person_typed_into_the_address_is_not_html(house: Build) -> None:
    error = errors.NotFound("web.refused", name="<b>")
    assert "<b>" not in house(routes=raising(error)).client().get("/page?x=<b>").text


def test_unknown_paths_and_wrong_methods_are_answered_alike(house: Build) -> None:
    client = house().client(**{"Accept-Language": "en"})
    assert client.get("/api/v1/nothing").json() == {"error": "web.not-found", "values": {}}
    assert "This page does not exist." in client.get("/nothing").text
    wrong = client.get("/api/v1/notes")
    assert (wrong.status_code, wrong.json()["error"]) == (405, "web.wrong-method")
    assert wrong.headers["allow"] == "POST"


def test_a_failure_while_asking_who_it_is_is_answered_too(house: Build) -> None:
    built = house()
    built.tokens.failure = errors.Unavailable("web.refused", retry_after_s=3)
    client = built.client()
    client.sign_in()
    assert client.get("/api/v1/mine").status_code == 503
    assert client.get("/mine").headers["x-frame-options"] == "DENY"


def test_a_refused_websocket_gets_an_http_answer() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {
        "type": "websocket",
        "path": "/rtc/v1",
        "headers": [],
        "extensions": {"websocket.http.response": {}},
    }
    socket = WebSocket(scope, receive, send)
    response = error_response(socket, errors.NotAllowed("room.not-allowed"))
    asyncio.run(socket.send_denial_response(response))
    assert sent[0]["status"] == 403
    assert sent[1]["body"] == b'{"error":"room.not-allowed","values":{}}'


def test_other_errors_of_the_framework_have_a_text(house: Build) -> None:
    client = house(routes=raising(HTTPException(418))).client()
    assert client.get("/api/v1/thing").json()["error"] == "web.bad-request"


def hurting() -> list[Route]:
    async def handler(request: Request) -> Response:
        if request.method == "POST" or request.url.path == "/hurts":
            raise errors.ProofNeeded("web.refused")
        return Response("a page")

    return [
        Route("/things", handler, methods=["GET"]),
        Route("/things/{number:id}/end", handler, methods=["POST"]),
        Route("/alone/end", handler, methods=["POST"]),
        Route("/hurts", handler, methods=["GET"]),
        Route("/api/v1/hurts", handler, methods=["POST"]),
    ]


@pytest.mark.parametrize(
    ("method", "path", "page"),
    [
        ("GET", "/hurts?a=1&b=2", "/hurts%3Fa%3D1%26b%3D2"),
        ("POST", "/things/7/end", "/things"),
        ("POST", "/alone/end", "/"),
    ],
)
def test_who_has_to_prove_themselves_is_led_there_and_back_to_the_page_of_the_form(
    house: Build, method: str, path: str, page: str
) -> None:
    answer = house(routes=hurting()).client().ask(method, path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/me/confirm?page={page}"
    assert answer.headers["cache-control"] == "no-store"


def test_a_program_is_told_that_a_proof_is_needed(house: Build) -> None:
    answer = house(routes=hurting()).client().post("/api/v1/hurts")
    assert answer.status_code == 403
    assert answer.json() == {"error": "web.refused", "values": {}}
