"""A participant of whom each layer can be made to misbehave, and people who keep a group."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from livekit.protocol.models import ClientInfo
from livekit.protocol.rtc import (
    JoinRequest,
    SessionDescription,
    SignalResponse,
    WrappedJoinRequest,
)

from bench.meet.client import Remote, RtcClient
from bench.meet.offers import Answer, Offer, read_answer
from bench.meet.websocket import WebSocket, open_websocket
from bench.visitor import Inside, Place, Visitor

PATIENCE_S = 15.0


class Chance(Random):
    """The same every time, so that what was found once is found again."""


GOOD = "drei rote kirschen im schnee"


def wrapped(body: bytes, *, zipped: bool = False) -> str:
    """The text of a join request around any bytes."""
    form = WrappedJoinRequest.GZIP if zipped else WrappedJoinRequest.NONE
    whole = WrappedJoinRequest(compression=form, join_request=body).SerializeToString()
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def join_request(sdp: str = "") -> str:
    request = JoinRequest(client_info=ClientInfo(sdk=ClientInfo.JS, protocol=17))
    if sdp:
        request.publisher_offer.CopyFrom(SessionDescription(type="offer", sdp=sdp, id=1))
    return wrapped(request.SerializeToString())


def target(token: str, request: str) -> str:
    query = urlencode({"access_token": token, "join_request": request})
    return f"/rtc/v1?{query}"


async def until(socket: WebSocket, wanted: str) -> SignalResponse:
    """The next message of a kind."""
    async with asyncio.timeout(PATIENCE_S):
        while (frame := await socket.receive()) is not None:
            message = SignalResponse.FromString(frame)
            if message.WhichOneof("message") == wanted:
                return message
    raise AssertionError(f"closed before {wanted}")


async def closed(socket: WebSocket, within_s: float) -> list[SignalResponse]:
    """What is still said until the server closes."""
    said = []
    async with asyncio.timeout(within_s):
        while (frame := await socket.receive()) is not None:
            said.append(SignalResponse.FromString(frame))
    return said


@asynccontextmanager
async def signalling(inside: Inside, sdp: str = "") -> AsyncIterator[WebSocket]:
    """An open WebSocket; whether media come up is another thing."""
    socket = await open_websocket(inside.url, target(inside.token, join_request(sdp)))
    try:
        yield socket
    finally:
        socket.close()


class Leg:
    """``client`` and where it may connect to."""

    def __init__(self, client: RtcClient, answer: Answer, socket: WebSocket) -> None:
        self.client, self.answer, self.socket = client, answer, socket

    async def connect(self, *, tcp: bool = False) -> None:
        answer = self.answer
        addresses = answer.tcp if tcp else answer.udp
        remote = Remote(answer.ufrag, answer.pwd, answer.fingerprint, addresses)
        await self.client.connect(remote, tcp=tcp)


@asynccontextmanager
async def leg(
    url: str,
    make: Callable[[], RtcClient] = RtcClient,
    *,
    fingerprint: str = "",
    data: bool = False,
) -> AsyncIterator[Leg]:
    """Somebody alone in a room of their own, with one microphone; not connected yet."""
    async with Visitor(url) as founder:
        room = await founder.start_room("Feind")
        inside = await founder.join(room, "Feind", link=room.link)
        assert inside is not None
        client = make()
        offer = Offer(client.ufrag, client.pwd, fingerprint or client.fingerprint)
        offer.send("audio", "cid")
        sdp = with_data(offer.text()) if data else offer.text()
        async with signalling(inside, sdp) as socket:
            said = await until(socket, "answer")
            try:
                yield Leg(client, read_answer(said.answer.sdp), socket)
            finally:
                client.close(goodbye=False)


def with_data(sdp: str) -> str:
    """The offer with data channels besides."""
    shared = [line for line in sdp.splitlines() if line.startswith(("a=ice-", "a=fingerprint"))]
    lines = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0"]
    lines += [*dict.fromkeys(shared), "a=setup:actpass", "a=mid:1", "a=sctp-port:5000"]
    return sdp.replace("a=group:BUNDLE 0", "a=group:BUNDLE 0 1") + "\r\n".join(lines) + "\r\n"


class Keeper(Visitor):
    """Somebody with an account, who does with forms what pages offer."""

    async def fill(self, page: str, path: str, **fields: str) -> str:
        """Open ``page``, send the form at ``path``; return where it leads."""
        return await self._sent(await self.page(page), path, fields)

    async def invited(self, group: str, right: str) -> str:
        """An invite into a group."""
        made = await self.fill(f"/g/{group}", f"/g/{group}/invites", role=right, uses="5", days="2")
        return f"/i/{made.rpartition('/')[2]}"

    async def make_link(self, room: Place, right: str) -> str:
        page = f"/r/{room.slug}/settings"
        made = await self.fill(page, f"/r/{room.slug}/links", right=right)
        return urlsplit(made).query.removeprefix("g=")

    async def revoke_link(self, room: Place) -> None:
        """Take the newest link back."""
        page = f"/r/{room.slug}/settings"
        numbers = re.findall(r"/links/(\d+)/revoke", await self.page(page))
        newest = max(int(number) for number in numbers)
        await self.fill(page, f"/r/{room.slug}/links/{newest}/revoke")

    async def remove_newest(self, group: str) -> None:
        """Put out of the group who came last."""
        numbers = re.findall(r"/members/(\d+)/remove", await self.page(f"/g/{group}"))
        newest = max(int(number) for number in numbers)
        await self.fill(f"/g/{group}", f"/g/{group}/members/{newest}/remove")

    async def ticket_on(self, page: str) -> str:
        """The ticket of the forms on a page."""
        found = re.search(r'name="ticket" value="([^"]+)"', await self.page(page))
        assert found is not None
        return found[1]

    async def end_oldest_session(self) -> None:
        numbers = re.findall(r"/me/sessions/(\d+)/end", await self.page("/me/devices"))
        await self.fill("/me/devices", f"/me/sessions/{min(map(int, numbers))}/end")

    async def end_keys(self, most: int = 50) -> None:
        """End the oldest app passwords."""
        numbers = sorted(
            set(map(int, re.findall(r"/me/keys/(\d+)/end", await self.page("/me/keys"))))
        )
        for number in numbers[:most]:
            await self.fill("/me/keys", f"/me/keys/{number}/end")

    def sign_with(self, name: str, secret: str) -> None:
        """Be a program: come with an app password from now on, and no cookie."""
        self._web.auth = httpx.BasicAuth(name, secret)

    @asynccontextmanager
    async def streamed(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Something that goes on and on."""
        async with self._web.stream("GET", path) as answer:
            assert answer.status_code == 200, (path, answer.status_code)
            yield answer.aiter_bytes()

    @asynccontextmanager
    async def live(self, room: Place) -> AsyncIterator[AsyncIterator[bytes]]:
        """An open live page of a room; begins with its first bytes."""
        path = f"/api/v1/live?room={room.room_id}"
        async with self._web.stream("GET", path) as answer:
            assert answer.status_code == 200, answer.status_code
            said = answer.aiter_bytes()
            assert await anext(said)
            yield said

    async def status(self, path: str) -> int:
        return (await self._web.get(path)).status_code

    async def post(self, path: str, body: Any) -> int:
        return (await self._web.post(path, json=body)).status_code
