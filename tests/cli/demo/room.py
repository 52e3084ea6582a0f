"""A room as bots meet it from outside: a door, hands, chat, an assembly. No media, no time."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from allmende.cli.demo.browser import Browser

URL = "http://house.example"
ROOM = 7
FACILITATE = "facilitate-token"
SPEAK = "speak-token"


@dataclass
class Room:
    """What the bots did is in ``done``; ``refuse`` names what is refused, with its status."""

    done: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    admitted: set[str] = field(default_factory=set)
    hands: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    assembly: dict[str, Any] | None = None
    minutes: str = "/r/garten/pads/minutes"
    looks: int = 0
    knocked: asyncio.Event = field(default_factory=asyncio.Event)
    again: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a second assembly is opened, which nobody starts."""

    def browser(self, name: str = "") -> Browser:
        """A browser; ``name`` tells the room who sends hands."""
        app = Starlette(
            routes=[
                Route("/r/garten/plenum", self.page),
                Route("/api/v1/rooms/7/messages", self.message, methods=["POST"]),
                Route("/api/v1/rooms/7/call/{what}", self.call, methods=["GET", "POST"]),
                Route("/api/v1/rooms/7/plenum", self.plenum),
                Route("/api/v1/rooms/7/plenum/{command}", self.plenum, methods=["POST"]),
            ]
        )
        app.state.name = name
        return Browser(URL, "de", transport=httpx.ASGITransport(app))

    def did(self, what: str) -> list[dict[str, Any]]:
        """Return the bodies of everything of this kind."""
        return [body for one, body in self.done if one == what]

    async def page(self, request: Request) -> Response:
        return HTMLResponse(f'<allmende-plenum room="{ROOM}" slug="garten"></allmende-plenum>')

    async def message(self, request: Request) -> Response:
        return self._noted("message", await request.json())

    async def call(self, request: Request) -> Response:
        what = request.path_params["what"]
        if request.method == "GET":
            return JSONResponse(sorted(self.waiting))
        body = await request.json()
        if what == "join":
            return self._joined(body)
        if what == "admit-all":
            self.admitted |= self.waiting
            self.waiting.clear()
        if what == "hand":
            self.hands.append(request.app.state.name)
        if what == "call-next":
            if not self.hands:
                return JSONResponse({"error": "meet.no-hands"}, 409)
            return self._noted(what, body, {"floor": self.hands.pop(0)})
        return self._noted(what, body)

    async def plenum(self, request: Request) -> Response:
        command = request.path_params.get("command", "")
        if not command:
            self.looks += 1
            return JSONResponse({"assembly": self.assembly})
        body = await request.json()
        answer = self._noted(command, body, {})
        if answer.status_code == 200:
            self._ordered(command, body)
            answer = JSONResponse({"assembly": self.assembly})
        return answer

    def _joined(self, body: dict[str, Any]) -> Response:
        name = body["name"]
        if body["link"] != FACILITATE and name not in self.admitted:
            self.waiting.add(name)
            self.knocked.set()
            return JSONResponse({"state": "waiting", "ticket": "t"}, 202)
        answer = {"url": "/", "token": "t", "identity": name, "pass": "p"}
        return self._noted("join", body, answer)

    def _ordered(self, command: str, body: dict[str, Any]) -> None:
        if command == "open":
            if len(self.did("open")) > 1:
                self.refuse["start"] = 409
                self.again.set()
            self.assembly = {
                "state": "open", "running": None, "items": [], "minutes": {"path": self.minutes},
            }  # fmt: skip
            return
        assert self.assembly is not None
        items = self.assembly["items"]
        if command == "add":
            items.append({"id": 100 + len(items), "state": "waiting", **body})
        elif command == "begin":
            for item in items:
                if item["state"] == "running":
                    item["state"] = "done"
                if item["id"] == body["item"]:
                    item["state"] = "running"
            self.assembly["running"] = body["item"]
        elif command in ("start", "close"):
            self.assembly["state"] = {"start": "running", "close": "closed"}[command]

    def _noted(
        self, what: str, body: dict[str, Any], answer: dict[str, Any] | None = None
    ) -> JSONResponse:
        if what in self.refuse:
            return JSONResponse({"error": "meet.refused"}, self.refuse[what])
        self.done.append((what, body))
        return JSONResponse(answer or {})
