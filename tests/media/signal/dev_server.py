"""A bare server for looking at signalling with real clients; never part of the product.

``python tests/media/signal/dev_server.py PORT [FOLDER]``: ``/token?identity=a`` gives a token for
the room ``dev``; ``/static/`` is FOLDER (a page with livekit-client); ``/offers`` keeps what
clients offer, as JSON, for the transcripts.
"""

import asyncio
import contextlib
import json
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

CALL = CallId("dev")


class StarletteSocket:
    """FrameSocket over Starlette's WebSocket; remembers what went through."""

    def __init__(self, websocket: WebSocket, seen: list[dict[str, str]]) -> None:
        self._websocket = websocket
        self._seen = seen

    async def receive(self) -> bytes | None:
        try:
            message = await self._websocket.receive()
        except RuntimeError:
            return None
        if message["type"] == "websocket.disconnect":
            return None
        frame = message.get("bytes") or b""
        request = SignalRequest.FromString(frame)
        self._note("C", request.WhichOneof("message"), str(request), request.offer.sdp)
        return bytes(frame)

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


class House:
    """What the routes share."""

    def __init__(self) -> None:
        self.seen: dict[str, list[dict[str, str]]] = {}
        self.conference: EmbeddedConference | None = None
        self.events: list[str] = []

    async def listen(self, conference: EmbeddedConference) -> None:
        async for event in conference.events():
            self.events.append(f"{event.kind} {event.identity} {event.source or ''}".strip())


def credentials(request: HTTPConnection) -> tuple[str, str]:
    """Browsers put the token into the address, the Rust SDK into a header."""
    query = request.query_params
    header = request.headers.get("authorization", "").removeprefix("Bearer ")
    return query.get("access_token") or header, query.get("join_request", "")


def application(media: Media) -> Starlette:
    house = House()

    def conference() -> EmbeddedConference:
        if house.conference is None:
            raise RuntimeError("not started")
        return house.conference

    async def rtc(websocket: WebSocket) -> None:
        token, request = credentials(websocket)
        try:
            admission = check_join(conference(), token, request)
        except AllmendeError as refused:
            print(refused, refused.message_id, file=sys.stderr)  # noqa: T201
            await websocket.close()
            return
        await websocket.accept()
        seen = house.seen.setdefault(admission.grants.identity, [])
        sdp = admission.request.publisher_offer.sdp
        text = str(admission.request)
        seen.append({"who": "C", "kind": "join_request", "text": text, "sdp": sdp})
        await serve_signal(conference(), StarletteSocket(websocket, seen), token, request)

    async def validate(request: Request) -> Response:
        headers = {"Access-Control-Allow-Origin": "*"}
        try:
            check_join(conference(), *credentials(request))
        except NotFound:
            text = "requested room does not exist"
            return PlainTextResponse(text, status_code=404, headers=headers)
        except AllmendeError as refused:
            return PlainTextResponse(refused.message_id, status_code=401, headers=headers)
        return PlainTextResponse("success", headers=headers)

    async def token(request: Request) -> Response:
        await conference().open(CallPlan(CALL, max_participants=50, test_hooks=True))
        identity = request.query_params["identity"]
        ticket = conference().ticket(CALL, Invitee(identity, identity.upper(), Rights()))
        return JSONResponse({"token": ticket.token})

    async def offers(request: Request) -> Response:
        return JSONResponse({"seen": house.seen, "events": house.events})

    async def act(request: Request) -> Response:
        query = request.query_params
        backend, who = conference(), query.get("identity", "")
        match query["do"]:
            case "mute":
                await backend.mute(CALL, who, Source(query["source"]))
            case "remove":
                await backend.remove(CALL, who)
            case "suppress":
                await backend.set_rights(CALL, who, Rights(suppressed=query["on"] == "1"))
            case "rights":
                sources = frozenset(Source(s) for s in query["sources"].split(",") if s)
                await backend.set_rights(CALL, who, Rights(sources=sources))
            case "attribute":
                await backend.set_attributes(CALL, who, {query["name"]: query["value"]})
            case "send":
                await backend.send(CALL, query["topic"], query["text"].encode())
            case "close":
                await backend.close(CALL)
            case "present":
                return JSONResponse(
                    json.loads(json.dumps([str(p) for p in await backend.present(CALL)]))
                )
            case _:
                return PlainTextResponse("?", status_code=400)
        return PlainTextResponse("ok")

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with media_workers(media, SystemClock()) as workers, asyncio.TaskGroup() as tasks:
            house.conference = EmbeddedConference(workers, b"s" * 32, SystemClock(), media)
            running = [
                tasks.create_task(house.conference.run()),
                tasks.create_task(house.listen(house.conference)),
            ]
            yield
            house.conference.shut()
            for task in running:
                task.cancel()

    routes = [
        WebSocketRoute("/rtc/v1", rtc),
        Route("/rtc/v1/validate", validate),
        Route("/token", token),
        Route("/offers", offers),
        Route("/act", act, methods=["GET", "POST"]),
    ]
    if len(sys.argv) > 2:
        routes.append(Mount("/static", StaticFiles(directory=sys.argv[2])))  # type: ignore[arg-type]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    settings = Media(
        workers=1,
        listen=tuple(sys.argv[3].split(",")) if len(sys.argv) > 3 else ("127.0.0.1",),
        udp_port=0,
        tcp_port=0,
        packets_per_second=40_000,
    )
    uvicorn.run(
        application(settings),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="wsproto",
        h11_max_incomplete_event_size=70_000,
        http="h11",
        log_level="warning",
    )
