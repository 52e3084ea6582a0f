"""A whole house in this process, without listeners, and browsers that ask it by ASGI."""

import asyncio
import base64
import hashlib
import json
import re
import sqlite3
import threading
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes, urlencode

from starlette.applications import Starlette
from starlette.types import Message

from allmende.app import Furnished, furnished
from allmende.app.ground import Ground
from allmende.config import Config, places_of
from allmende.config.sections import Limits, Media, Meet, Voice
from allmende.core.clock import Clock, SystemClock
from allmende.storage.opening import SQLITE_NAME

T = TypeVar("T")
HOST = b"house.example"
TICKET = re.compile(r'name="ticket" value="([0-9a-f]+)"')
FORM = "application/x-www-form-urlencoded"
ENDLESS = 1_000_000
PATIENCE_S = 30.0
CAUGHT_UP = b": still here"
"""Said once at the beginning of a live page, and again after each piece of the log."""
MANY = Limits(
    joins_per_minute=ENDLESS,
    open_rooms_per_hour=ENDLESS,
    open_rooms_per_address=ENDLESS,
    invites_per_hour=ENDLESS,
    requests_per_hour=ENDLESS,
    messages_per_10_s=ENDLESS,
)
ROOMY = Meet(max_participants=1000)
"""Each cell of the table joins anew, and nobody leaves."""


@dataclass(frozen=True)
class Answer:
    """What came back. A WebSocket that was accepted has the status 101."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Town:
    """The house, on a loop in a thread of its own, so that each test can ask it."""

    def __init__(self, data: Path, clock: Clock | None = None, limits: Limits = MANY) -> None:
        self._clock, self._limits = clock or SystemClock(), limits
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stack = AsyncExitStack()
        self._data = data
        self.rooms: Furnished = self.run(self._open(data))

    @property
    def app(self) -> Starlette:
        return self.rooms.app

    def set_role(self, name: str, role: str) -> None:
        """Give an account a role on the server."""
        self._change("UPDATE identity_account SET role = ? WHERE name = ?", role, name)

    def give_passkey(self, name: str) -> None:
        """Give an account something to prove more than a password."""
        self._change(
            "INSERT INTO identity_passkey"
            " (public_key, account_id, credential, sign_count, label, since, seen)"
            " SELECT x'00', id, hex(name), 0, 'fern', '2026-W48', '2026-W48'"
            " FROM identity_account WHERE name = ?",
            name,
        )

    def _change(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self._data / SQLITE_NAME, timeout=PATIENCE_S)) as db:
            db.execute(statement, values)
            db.commit()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _open(self, data: Path) -> Furnished:
        media = Media(
            workers=0, listen=("127.0.0.1",), udp_port=0, tcp_port=0, packets_per_second=100_000
        )
        config = Config(
            data=str(data), media=media, limits=self._limits, meet=ROOMY, voice=Voice(port=0)
        )
        ground = Ground(
            config=config,
            places=places_of(config),
            data=data,
            clock=self._clock,
            url=f"http://{HOST.decode()}",
        )
        # The task that opens it also has to close it: it owns task groups.
        opened: asyncio.Future[Furnished] = self._loop.create_future()
        self._over = asyncio.Event()
        self._keeper = asyncio.ensure_future(self._keep(ground, opened))
        return await opened

    async def _keep(self, ground: Ground, opened: asyncio.Future[Furnished]) -> None:
        try:
            async with furnished(ground) as rooms:
                opened.set_result(rooms)
                await self._over.wait()
        except BaseException as failure:
            if opened.done():
                raise
            opened.set_exception(failure)

    async def _close(self) -> None:
        self._over.set()
        await self._keeper

    def close(self) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def lives(self) -> bool:
        """Whether no task of the house has failed."""
        return not self._keeper.done()


@dataclass
class Browser:
    """Keeps cookies, and sends forms with the ticket of its own page."""

    town: Town
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "a-hash"
    _ticket: str = ""

    def get(self, target: str) -> Answer:
        return self.ask("GET", target)

    def send(self, target: str, body: object) -> Answer:
        """Post JSON."""
        return self.ask("POST", target, json.dumps(body).encode(), "application/json")

    @property
    def ticket(self) -> str:
        """What the forms of this browser carry."""
        if not self._ticket:
            found = TICKET.search(self.get("/").text)
            assert found is not None
            self._ticket = found[1]
        return self._ticket

    def form(self, target: str, **fields: object) -> Answer:
        """Post a form as its page does."""
        body = urlencode({"ticket": self.ticket, **fields}).encode()
        return self.ask("POST", target, body, FORM)

    def ask(self, method: str, target: str, body: bytes = b"", kind: str = "") -> Answer:
        more = [(b"content-type", kind.encode())] if kind else []
        return self.raw("http", method, target, body, more)

    def socket(self, target: str) -> Answer:
        """Try to open a WebSocket; it is closed at once."""
        return self.raw("websocket", "GET", target, b"", [])

    def raw(
        self,
        scheme: str,
        method: str,
        target: str,
        body: bytes,
        headers: list[tuple[bytes, bytes]],
        until: bytes = b"",
    ) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        all_headers = [(b"host", HOST), *headers]
        if cookie:
            all_headers.append((b"cookie", cookie.encode("latin-1")))
        path, _, query = target.partition("?")
        scope = {
            "type": scheme,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "ws" if scheme == "websocket" else "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": all_headers,
            "client": (self.address, 0),
            "server": (HOST.decode(), 80),
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
            "state": {},
        }
        answer = self.town.run(_Asking(self.town.app, scope, body, until).answer())
        self._keep_cookies(answer[1])
        plain = {name.decode(): value.decode("latin-1") for name, value in answer[1]}
        return Answer(answer[0], plain, answer[2])

    def _keep_cookies(self, headers: list[tuple[bytes, bytes]]) -> None:
        for name, value in headers:
            if name == b"set-cookie":
                for morsel in SimpleCookie(value.decode("latin-1")).values():
                    self.cookies[morsel.key] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[morsel.key]

    def replay(self, target: str) -> list[tuple[str, Any, int]]:
        """What a live page of the log is told until it has caught up: name, value, number."""
        said = self.raw("http", "GET", target, b"", [], until=CAUGHT_UP)
        found = []
        for block in said.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "data" in fields:
                number = int(fields.get("id", 0))
                found.append((fields["event"], json.loads(fields["data"]), number))
        return found

    def solve(self) -> str:
        """Do the work that the start button asks for."""
        asked = self.get("/api/v1/challenge").json()
        salt = asked["salt"].encode()
        for number in range(asked["maxnumber"] + 1):
            if hashlib.sha256(salt + b"%d" % number).hexdigest() == asked["challenge"]:
                names = ("algorithm", "challenge", "salt", "signature")
                found = {**{name: asked[name] for name in names}, "number": number}
                return base64.b64encode(json.dumps(found).encode()).decode()
        raise AssertionError("no answer")


class _Asking:
    """One request; a stream that does not end is left when it has said ``until``."""

    def __init__(self, app: Starlette, scope: dict[str, Any], body: bytes, until: bytes) -> None:
        self._app, self._scope, self._body = app, scope, body
        self._until = until
        self._told = False
        self._left = asyncio.Event()
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._said = b""

    async def answer(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        async with asyncio.timeout(PATIENCE_S):
            await self._app(self._scope, self._receive, self._send)
        return self._status, self._headers, self._said

    async def _receive(self) -> Message:
        if not self._told:
            self._told = True
            if self._scope["type"] == "websocket":
                return {"type": "websocket.connect"}
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._left.wait()
        if self._scope["type"] == "websocket":
            return {"type": "websocket.disconnect", "code": 1001}
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start" | "websocket.http.response.start":
                self._status = message["status"]
                self._headers = list(message["headers"])
            case "http.response.body" | "websocket.http.response.body":
                self._said += message.get("body", b"")
                # Of what goes on for ever the beginning is enough, where nothing is waited for.
                endless = (b"content-type", b"text/event-stream; charset=utf-8") in self._headers
                wanted = 1 if self._until else 0
                heard = (self._until or endless) and self._said.count(self._until) > wanted
                if heard or not message.get("more_body", False):
                    self._left.set()
            case "websocket.accept":
                self._status = 101
                self._left.set()
            case "websocket.close":
                self._status = self._status or message["code"]
                self._left.set()
