"""Programs that sign in with every request: where they get in, and where they are strangers."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import NotAllowed, NotSignedIn, TooManyRequests
from allmende.core.ids import AccountId, AppPasswordId
from allmende.webkit.http import caller_of, json_response, read_json
from allmende.webkit.programs import MAX_BASIC_CHARS, ProgramRoute, ProgramSocket, basic_of
from allmende.webkit.site import visit_of
from tests.webkit.house import Browser, Build, House, Note, websocket

BOT = Caller(AccountId(7), app_password_id=AppPasswordId(3), scopes=frozenset({Scope.CHAT}))


@dataclass
class OneBot:
    """Knows one program, and who asked for what."""

    asked: list[tuple[str, str, Scope | None]] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    async def check(
        self, name: str, secret: str, scope: Scope | None, caller_key: str = ""
    ) -> Caller:
        self.asked.append((name, secret, scope))
        self.places.add(caller_key)
        if name == "often":
            raise TooManyRequests("identity.try-later", retry_after_s=7)
        if (name, secret) != ("mara", "söcret:1"):
            raise NotSignedIn("identity.wrong-app-password")
        if scope is not None and not BOT.opens(scope):
            raise NotAllowed("identity.app-password-not-for-this")
        return BOT


async def who(request: Request) -> Response:
    caller, visit = caller_of(request), visit_of(request)
    known = [caller.account_id, caller.session_id, caller.app_password_id]
    return json_response([*known, sorted(caller.scopes), len(visit.cookies)])


async def write(request: Request) -> Response:
    await read_json(request, Note)
    return await who(request)


async def socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(str(caller_of(socket).app_password_id))
    await socket.close()


ROUTES = [
    Route("/page", who),
    Route("/mixed/{name}", who, methods=["GET"]),
    ProgramRoute("/mixed/bots", who, methods=["GET"], opened_by=Scope.CHAT_READ),
    ProgramRoute("/api/v1/read", who, methods=["GET"], opened_by=Scope.CHAT_READ),
    ProgramRoute("/api/v1/write", write, methods=["POST"], opened_by=Scope.CHAT),
    ProgramRoute("/api/v1/pads", who, methods=["GET"], opened_by=Scope.PADS_READ),
    ProgramRoute("/api/v1/any", who, methods=["GET"], opened_by=None),
    ProgramRoute("/p/state", who, methods=["GET"], opened_by=Scope.CHAT_READ),
    ProgramSocket("/p/live", socket, opened_by=Scope.CHAT_READ),
    WebSocketRoute("/people", socket),
]


def basic(name: str = "mara", typed: str = "söcret:1") -> str:
    return f"Basic {b64encode(f'{name}:{typed}'.encode()).decode()}"


@pytest.fixture
def bots() -> OneBot:
    return OneBot()


@pytest.fixture
def built(house: Build, bots: OneBot) -> House:
    return house(routes=ROUTES, credentials=bots)


def ask(built: House, path: str, authorization: str = "", **headers: str) -> httpx.Response:
    more = {"authorization": authorization} if authorization else {}
    return built.client().get(path, headers={**more, **headers})


def test_a_program_gets_in_where_its_scope_says_so(built: House, bots: OneBot) -> None:
    for path in ("/api/v1/read", "/api/v1/any", "/p/state"):
        answer = ask(built, path, basic())
        assert answer.json() == [7, None, 3, ["chat"], 0]
    assert bots.asked[0] == ("mara", "söcret:1", Scope.CHAT_READ)
    assert bots.asked[1][2] is None
    assert len(bots.places) == 1
    assert "" not in bots.places


def test_it_needs_no_ticket_and_no_page(built: House) -> None:
    answer = built.client().post(
        "/api/v1/write", json={"text": "hallo"}, headers={"authorization": basic()}
    )
    assert answer.json()[0] == 7


def test_its_cookies_count_for_nothing(built: House) -> None:
    client = built.client(authorization=basic())
    client.sign_in()
    assert client.get("/api/v1/read").json() == [7, None, 3, ["chat"], 0]
    assert built.tokens.asked == []


def test_another_scope_is_refused_with_a_reason(built: House) -> None:
    answer = ask(built, "/api/v1/pads", basic())
    assert (answer.status_code, answer.json()["error"]) == (
        403,
        "identity.app-password-not-for-this",
    )


@pytest.mark.parametrize("path", ["/page", "/mine", "/api/v1/mine", "/nowhere", "/-/patterns"])
def test_everywhere_else_it_is_refused_before_anything_is_asked(
    built: House, bots: OneBot, path: str
) -> None:
    for said in (basic(), basic("mara", "wrong"), "basic ?"):
        answer = ask(built, path, said)
        assert (answer.status_code, answer.json()["error"]) == (403, "web.not-for-programs")
    assert bots.asked == []


def test_where_a_page_lies_in_front_of_a_program_route_the_program_is_a_stranger(
    built: House, bots: OneBot
) -> None:
    assert ask(built, "/mixed/bots", basic()).json() == [None, None, None, [], 0]
    assert bots.asked == []


def test_who_is_refused_on_the_api_is_told_how_to_sign_in(built: House) -> None:
    for path in ("/api/v1/read", "/p/state"):
        answer = ask(built, path, basic("juno"))
        assert (answer.status_code, answer.json()["error"]) == (401, "identity.wrong-app-password")
        assert answer.headers["www-authenticate"] == 'Basic realm="allmende", charset="UTF-8"'
    assert "www-authenticate" in ask(built, "/api/v1/mine").headers
    often = ask(built, "/api/v1/read", basic("often"))
    assert (often.status_code, often.headers["retry-after"]) == (429, "7")


def test_no_page_and_no_browser_is_asked_for_a_password(built: House) -> None:
    assert ask(built, "/mine").status_code == 401
    for answer in (
        ask(built, "/mine"),
        ask(built, "/api/v1/mine", **{"sec-fetch-site": "same-origin"}),
        ask(built, "/api/v1/read", basic("juno"), **{"sec-fetch-site": "none"}),
    ):
        assert answer.status_code == 401
        assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("said", ["Bearer abc", "Digest x", "Basic", ""])
def test_other_ways_to_sign_in_are_left_to_others(built: House, bots: OneBot, said: str) -> None:
    assert ask(built, "/page", said).json() == [None, None, None, [], 0]
    assert bots.asked == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", None),
        ("Bearer bWFyYTp4", None),
        ("Basic bWFyYTp4", ("mara", "x")),
        ("bAsIc  bWFyYTp4 ", ("mara", "x")),
        ("Basic bWFyYQ==", ("mara", "")),
        ("Basic bWFyYTp4Onk=", ("mara", "x:y")),
        ("Basic ?", ("", "")),
        ("Basic /w==", ("", "")),
        ("Basic " + "A" * 2 * MAX_BASIC_CHARS, ("", "")),
    ],
)
def test_the_header_is_read_or_holds_nothing(said: str, found: tuple[str, str] | None) -> None:
    assert basic_of(Headers({"authorization": said} if said else {})) == found


def opened(built: House, path: str, said: str) -> list[dict[str, Any]]:
    return websocket(built.app, path, headers=[(b"authorization", said.encode())])


def test_a_program_opens_a_websocket(built: House) -> None:
    heard = opened(built, "/p/live", basic())
    assert heard[0]["type"] == "websocket.accept"
    assert heard[1]["text"] == "3"


def test_a_websocket_that_is_refused_says_why(built: House) -> None:
    for path, said, status in (
        ("/p/live", basic("juno"), 401),
        ("/people", basic(), 403),
    ):
        heard = opened(built, path, said)
        assert [message["type"] for message in heard] == [
            "websocket.http.response.start",
            "websocket.http.response.body",
        ]
        assert heard[0]["status"] == status
    challenge = [value for name, value in opened(built, "/p/live", basic("juno"))[0]["headers"]
                 if name == b"www-authenticate"]  # fmt: skip
    assert challenge == [b'Basic realm="allmende", charset="UTF-8"']


def test_routes_work_without_the_middleware_too() -> None:
    from_nowhere = Browser(_bare(), "http://house.example", {})
    assert from_nowhere.get("/api/v1/read").json() == [None, None, None, [], 0]


def _bare() -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await ROUTES[3](scope, receive, send)

    return app
