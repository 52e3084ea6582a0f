"""A bare server for looking at signalling with real clients; never part of the product.

``python tests/media/signal/dev_server.py PORT FOLDER [ADDRESS,..]``: ``/token?identity=a`` gives a
token for the room ``dev``; ``/static/`` is FOLDER (a page with livekit-client); ``/act?do=mute&..``
moderates; ``/seen`` returns all messages and offers, from which ``offers/`` was made.
"""

import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from allmende.config.sections import Media
from allmende.core.clock import SystemClock
from allmende.core.errors import AllmendeError, NotFound
from allmende.core.ports.conference import CallId, CallPlan, Invitee, Rights, Source
from allmende.media.embedded import EmbeddedConference
from allmende.media.signal.socket import check_join, serve_signal
from allmende.media.supervisor import media_workers
from allmende.protocols.livekit.messages import SignalRequest, SignalResponse
from allmende.transports.tasks import background

CALL = CallId("dev")
Seen = list[dict[str, str]]


class WatchedSocket:
    """FrameSocket over Starlette's WebSocket; remembers what went through."""

    def __init__(self, websocket: WebSocket, seen: Seen) -> None:
        self._websocket = websocket
        self._seen = seen

    async def receive(self) -> bytes | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        frame = bytes(message.get("bytes") or b"")
        request = SignalRequest.FromString(frame)
        self._note("C", request.WhichOneof("message"), str(request), request.offer.sdp)
        return frame

    async def send(self, frame: bytes) -> None:
        response = SignalResponse.FromString(frame)
        self._note("S", response.WhichOneof("message"), str(response))
        try:
            await self._websocket.send_bytes(frame)
        except (RuntimeError, WebSocketDisconnect) as gone:
            raise OSError from gone

    async def close(self, code: int) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._websocket.close(code)

    def _note(self, who: str, kind: str | None, text: str, sdp: str = "") -> None:
        self._seen.append({"who": who, "kind": kind or "", "text": text, "sdp": sdp})


def credentials(request: HTTPConnection) -> tuple[str, str]:
    """Browsers put the token into the address, the Rust SDK into a header."""
    query = request.query_params
    header = request.headers.get("authorization", "").removeprefix("Bearer ")
    return query.get("access_token") or header, query.get("join_request", "")


class DevServer:
    """The routes and what they share."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._seen: dict[str, Seen] = {}
        self._events: list[str] = []
        self._conference: EmbeddedConference | None = None

    @property
    def conference(self) -> EmbeddedConference:
        assert self._conference is not None
        return self._conference

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with media_workers(self._media, SystemClock()) as workers:
            self._conference = EmbeddedConference(workers, b"s" * 32, SystemClock(), self._media)
            async with background(self._conference.run()), background(self._listen()):
                yield
            self._conference.shut()

    async def _listen(self) -> None:
        async for event in self.conference.events():
            self._events.append(f"{event.kind} {event.identity} {event.source or ''}".strip())

    async def rtc(self, websocket: WebSocket) -> None:
        token, request = credentials(websocket)
        try:
            admission = check_join(self.conference, token, request)
        except AllmendeError:
            await websocket.close()
            return
        await websocket.accept()
        seen = self._seen.setdefault(admission.grants.identity, [])
        said = admission.request
        sdp = said.publisher_offer.sdp
        seen.append({"who": "C", "kind": "join_request", "text": str(said), "sdp": sdp})
        await serve_signal(self.conference, WatchedSocket(websocket, seen), token, request)

    async def validate(self, request: Request) -> Response:
        headers = {"Access-Control-Allow-Origin": "*"}
        try:
            check_join(self.conference, *credentials(request))
        except NotFound:
            return PlainTextResponse("requested room does not exist", 404, headers)
        except AllmendeError as refused:
            return PlainTextResponse(refused.message_id, 401, headers)
        return PlainTextResponse("success", headers=headers)

    async def token(self, request: Request) -> Response:
        await self.conference.open(CallPlan(CALL, max_participants=50, test_hooks=True))
        identity = request.query_params["identity"]
        ticket = self.conference.ticket(CALL, Invitee(identity, identity.upper(), Rights()))
        return JSONResponse({"token": ticket.token})

    async def seen(self, request: Request) -> Response:
        return JSONResponse({"seen": self._seen, "events": self._events})

    async def act(self, request: Request) -> Response:
        query = request.query_params
        who, value = query.get("identity", ""), query.get("value", "")
        match query["do"]:
            case "mute":
                await self.conference.mute(CALL, who, Source(value))
            case "remove":
                await self.conference.remove(CALL, who)
            case "suppress":
                await self.conference.set_rights(CALL, who, Rights(suppressed=value == "1"))
            case "rights":
                sources = frozenset(Source(each) for each in value.split(",") if each)
                await self.conference.set_rights(CALL, who, Rights(sources=sources))
            case "attribute":
                await self.conference.set_attributes(CALL, who, {query["name"]: value})
            case "send":
                await self.conference.send(CALL, query["name"], value.encode())
            case "close":
                await self.conference.close(CALL)
            case _:
                return PlainTextResponse("?", 400)
        return PlainTextResponse("ok")

    def application(self, folder: str) -> Starlette:
        routes = [
            WebSocketRoute("/rtc/v1", self.rtc),
            Route("/rtc/v1/validate", self.validate),
            Route("/token", self.token),
            Route("/seen", self.seen),
            Route("/act", self.act),
            Mount("/static", StaticFiles(directory=folder)),
        ]
        return Starlette(routes=routes, lifespan=self.lifespan)


def main(port: str, folder: str, addresses: str = "127.0.0.1") -> None:
    """Serve until stopped. An address of the machine besides 127.0.0.1 is for Firefox."""
    media = Media(
        listen=tuple(addresses.split(",")), udp_port=0, tcp_port=0, packets_per_second=40_000
    )
    uvicorn.run(
        DevServer(media).application(folder),
        host="127.0.0.1",
        port=int(port),
        ws="wsproto",
        http="h11",
        h11_max_incomplete_event_size=70_000,
        log_level="warning",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
