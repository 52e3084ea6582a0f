"""A small house with nothing in it but the web kit: one page, one form, one API, one browser."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from allmende.core.accounts import STRANGER, Caller
from allmende.core.ids import AccountId, SessionId
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.http import account_of, json_response, read_form, read_json
from allmende.webkit.i18n import Catalogues
from allmende.webkit.language import language_routes
from allmende.webkit.limits import AddressKeys
from allmende.webkit.patterns import pattern_routes
from allmende.webkit.programs import CredentialLookup, Programs
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages

LOCALE = Path(__file__).parents[2] / "allmende" / "locale"
MARAS = "token-of-mara"
MARA = Caller(account_id=AccountId(7), session_id=SessionId(1))


@dataclass
class TurnableClock:
    """A clock whose hands are turned by the test."""

    at: datetime = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    monotonic: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.monotonic

    def turn(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.monotonic += seconds


@dataclass
class KnownTokens:
    """Knows mara's token, and counts how often it was asked."""

    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    failure: Exception | None = None

    async def caller(self, session_token: str | None, guest_token: str | None) -> Caller:
        self.asked.append((session_token, guest_token))
        if self.failure is not None:
            raise self.failure
        return MARA if session_token == MARAS else STRANGER


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """What the house takes as JSON and as a form."""

    text: str
    n: int = 0
    tags: list[str] = []


async def _name_of(account_id: AccountId) -> str:
    return "mara"


async def _write(request: Request) -> Response:
    return json_response(await read_json(request, Note, limit_bytes=500), 201)


async def _send(request: Request) -> Response:
    return json_response(await read_form(request, Note, limit_bytes=500))


async def _mine(request: Request) -> Response:
    return PlainTextResponse(str(account_of(request)))


async def _room(request: Request) -> Response:
    return json_response(request.path_params["room_id"])


class Browser:
    """Asks the house and keeps its cookies. The house runs only while it is asked."""

    def __init__(self, app: Starlette, base_url: str, headers: dict[str, str]) -> None:
        self.app = app
        self._transport = httpx.ASGITransport(app)
        self._base_url = base_url
        self._headers = headers
        self.cookies = httpx.Cookies()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport,
                base_url=self._base_url,
                headers=self._headers,
                cookies=self.cookies,
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(once())

    def sign_in(self) -> None:
        prefix = "__Host-" if self._base_url.startswith("https") else ""
        self.cookies.set(f"{prefix}allmende", MARAS)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)


@dataclass
class House:
    """The application and what it was built from."""

    app: Starlette
    pages: Pages
    tokens: KnownTokens
    site: Site

    def client(self, **headers: str) -> Browser:
        scheme = "https" if self.site.secure else "http"
        return Browser(self.app, f"{scheme}://house.example", headers)


Build = Callable[..., House]


def build_house(
    catalogues: Catalogues,
    *,
    secure: bool = True,
    routes: list[BaseRoute] | None = None,
    credentials: CredentialLookup | None = None,
) -> House:
    """Put it together as app.py does."""
    assets = Assets.unbuilt(catalogues)
    pages, tokens, site = Pages([], catalogues, assets), KnownTokens(), Site(secure=secure)
    known = [
        Route("/api/v1/notes", _write, methods=["POST"]),
        Route("/api/v1/rooms/{room_id:id}", _room),
        Route("/send", _send, methods=["POST"]),
        Route("/mine", _mine),
        Route("/api/v1/mine", _mine),
        *assets.routes(),
        *language_routes(catalogues),
        *pattern_routes(pages),
    ]
    every = [*known, *(routes or [])]
    keys = AddressKeys(TurnableClock())
    app = Starlette(
        routes=every,
        middleware=middleware(
            tokens,
            site,
            name_of=_name_of,
            programs=None if credentials is None else Programs(credentials, keys, every),
        ),
        exception_handlers=ERROR_HANDLERS,
    )
    app.state.pages = pages
    return House(app, pages, tokens, site)


def websocket(
    app: Starlette, path: str, *said: dict[str, Any], headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[dict[str, Any]]:
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
        "query_string": b"",
        "headers": [(b"host", b"house.example"), *headers],
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    asyncio.run(app(scope, receive, send))
    return heard
