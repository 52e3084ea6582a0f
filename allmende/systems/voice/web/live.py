"""``/api/v1/rooms/ID/voice/live``: JSON in binary messages, both ways, as long as a page is in.

To the page: roster, slot, talking, rights, muted, offer, text, said, refused, over. From it:
`Order`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, Literal, Protocol

import msgspec
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from allmende.core.errors import AllmendeError, InvalidInput
from allmende.core.ids import RoomId
from allmende.core.ports.calls import Act
from allmende.core.ports.room_chat import ChatLine
from allmende.systems.voice.service.lightlegs import LightLeg
from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.web.api import BASE, MAX_IDENTITY_CHARS
from allmende.systems.voice.web.kit import WebKit
from allmende.transports.tasks import background
from allmende.webkit.http import caller_of, require_plain
from allmende.webkit.sockets import StarletteSocket, is_same_origin

MAX_ORDER_BYTES: Final = 32_768
MAX_WAITING: Final = 512
"""Messages that a page has not taken; one more, and it has to come back."""

GONE: Final = 4000
"""Close code: not inside any more; coming back to this leg is no use."""


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What a page asks. ``on`` goes with mute and deafen, ``act`` and ``target`` with act."""

    do: Literal["mute", "deafen", "act", "say"]
    on: bool = False
    act: Act | None = None
    target: str = ""
    text: str = ""


class Sink(Protocol):
    """Where messages are written: `StarletteSocket`."""

    async def send(self, data: bytes) -> None:
        """Send one message. Raises ConnectionError."""
        ...

    async def close(self, code: int) -> None:
        """Close."""
        ...


class PageLine:
    """What waits to be written to one page."""

    def __init__(self, kit: WebKit, language: str) -> None:
        self._kit = kit
        self._language = language
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, kind: str, facts: Mapping[str, object]) -> None:
        """Tell the page something. One that reads nothing has to come back."""
        if self._waiting.qsize() < MAX_WAITING:
            self._waiting.put_nowait(msgspec.json.encode({"kind": kind, **facts}))
        elif self._waiting.qsize() == MAX_WAITING:
            self.end()

    def line(self, line: ChatLine, *, mine: bool) -> None:
        """Show a message of the room's chat."""
        words = [self._text(name, values) for name, values in line.notice]
        facts = {
            "author": line.author,
            "text": line.text or " ".join(words),
            "at": line.sent_at,
            "mine": mine,
            "notice": bool(words),
        }
        self.put("text", facts)

    def refuse(self, error: AllmendeError, do: str = "") -> None:
        """Say why something was not done, and what; text that was typed is still there."""
        self.put("refused", {"do": do, "text": self._text(error.message_id, error.values)})

    def end(self) -> None:
        """Close once what was told is out."""
        self._waiting.put_nowait(None)

    async def write(self, socket: Sink) -> None:
        """Write until the end; a connection that is gone is the reader's business."""
        try:
            while (message := await self._waiting.get()) is not None:
                await socket.send(message)
            await socket.close(GONE)
        except ConnectionError:
            return

    def _text(self, message_id: str, values: Mapping[str, object]) -> str:
        return self._kit.texts.text(self._language, message_id, **values)


def live_routes(pages: LightPages, kit: WebKit) -> list[BaseRoute]:
    """Return the WebSocket of the page."""

    async def live(socket: WebSocket) -> None:
        if not is_same_origin(socket):
            await socket.send_denial_response(PlainTextResponse("other site", 403))
            return
        await socket.accept()
        carried, line = StarletteSocket(socket), PageLine(kit, kit.texts.language_of(socket))
        room_id = RoomId(socket.path_params["room_id"])
        me = socket.query_params.get("me", "")[:MAX_IDENTITY_CHARS]
        try:
            leg = await pages.connect(caller_of(socket), room_id, me, line)
        except AllmendeError:
            await carried.close(GONE)
            return
        try:
            async with background(line.write(carried), name="voice page"):
                await _read(carried, pages, kit, leg, line)
        finally:
            pages.disconnect(leg, line)

    return [WebSocketRoute(f"{BASE}/live", live)]


async def _read(
    socket: StarletteSocket, pages: LightPages, kit: WebKit, leg: LightLeg, line: PageLine
) -> None:
    """Do what the page asks until its connection is gone."""
    while (message := await socket.receive()) is not None:
        order = None
        try:
            order = _order(message)
            kit.orders.take(leg.seat.identity)
            await _obey(pages, kit, leg, order)
        except AllmendeError as refused:
            line.refuse(refused, "" if order is None else order.do)
        else:
            if order.do == "say":
                line.put("said", {})


def _order(message: bytes) -> Order:
    if len(message) > MAX_ORDER_BYTES:
        raise InvalidInput("web.invalid-body", field="", detail="too long")
    try:
        order = msgspec.json.decode(message, type=Order)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidInput("web.invalid-body", field="", detail="no order") from None
    require_plain(order)
    return order


async def _obey(pages: LightPages, kit: WebKit, leg: LightLeg, order: Order) -> None:
    match order.do:
        case "mute":
            pages.mute(leg, on=order.on)
        case "deafen":
            pages.deafen(leg, on=order.on)
        case "act" if order.act is not None:
            await pages.act(leg, order.act, order.target)
        case "say":
            kit.written.take(leg.seat.identity)
            await pages.say(leg, order.text)
