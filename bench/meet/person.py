"""One participant without codecs: signalling in single peer connection mode, real media.

Comes back by itself, as a browser does: when it is told to, when the WebSocket breaks, when
the media do. Speaks LiveKit's protocol; knows nothing of our code.
"""

import asyncio
import base64
import gzip
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlencode

import httpx
from livekit.protocol.models import ClientInfo, TrackSource, TrackType
from livekit.protocol.rtc import (
    AddTrackRequest,
    ConnectionSettings,
    JoinRequest,
    LeaveRequest,
    SessionDescription,
    SignalRequest,
    SignalResponse,
    WrappedJoinRequest,
)
from livekit.protocol.rtc import Ping as PingRequest

from bench.meet.client import ClientFailed, Remote, RtcClient
from bench.meet.offers import AnswerUnfit, Offer, read_answer
from bench.meet.playing import Playing
from bench.meet.streams import Camera, Source
from bench.meet.websocket import WebSocket, WebSocketRefused, open_websocket
from bench.visitor import Inside, Refused

PING_S: Final = 5.0
AGAIN_S: Final = 0.3
_FIRST_SECTIONS: Final = 3

Invite = Callable[[], Awaitable[Inside]]
"""Presses join on the page and returns what it says."""


class Person:
    """``sources``: what it sends while ``playing``; ``on_rtp`` gets every plain packet.

    ``lives`` counts connections whose media came up; ``up`` is set while one of them is there.
    """

    def __init__(
        self, invite: Invite, sources: Sequence[Source], on_rtp: Callable[[bytes], None]
    ) -> None:
        self.sources = sources
        self.on_rtp = on_rtp
        self.playing = True
        self.lives = 0
        self.up = asyncio.Event()
        self.token = ""
        self.sid = ""
        self.removed = False
        self._invite = invite
        self._url = ""

    async def run(self) -> None:
        """Be in the call until cancelled or removed."""
        while not self.removed:
            life = None
            try:
                life = _Life(self, await self._connected())
                await life.run()
            except (OSError, TimeoutError, WebSocketRefused, Refused, httpx.HTTPError):
                # A page shows its banner and tries again, with a new ticket.
                self.token = ""
            finally:
                self.up.clear()
                if life is not None:
                    life.close()
            await asyncio.sleep(AGAIN_S)

    async def _connected(self) -> WebSocket:
        if not self.token:
            inside = await self._invite()
            self._url, self.token = inside.url, inside.token
        self._client = RtcClient(on_rtp=self.on_rtp)
        self._offer = Offer(self._client.ufrag, self._client.pwd, self._client.fingerprint)
        self._offer.receive(_FIRST_SECTIONS, _FIRST_SECTIONS)
        self._mids = []
        tracks = []
        for source in self.sources:
            source.renew()
            track = _track(source)
            tracks.append(track)
            kind = "video" if isinstance(source, Camera) else "audio"
            rids = source.rids if isinstance(source, Camera) else ()
            self._mids.append(self._offer.send(kind, track.cid, rids))
        request = _join_request(self._offer.text(), tracks)
        query = urlencode({"access_token": self.token, "join_request": request})
        return await open_websocket(self._url, f"/rtc/v1?{query}")

    def taken(self) -> tuple[RtcClient, Offer, Sequence[str]]:
        """Return what the newest connection begins with."""
        return self._client, self._offer, self._mids


class _Life:
    """One connection from join to its end."""

    def __init__(self, person: Person, socket: WebSocket) -> None:
        self._person = person
        self._socket = socket
        self._client, self._offer, mids = person.taken()
        self._playing = Playing(person, self._client, mids)
        self._offers = 1
        self._open_offer = True
        self._missing = False
        self._next_ping: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Speak until one of both has enough."""
        self._ping()
        async with asyncio.TaskGroup() as tasks:
            while (frame := await self._socket.receive()) is not None:
                message = SignalResponse.FromString(frame)
                if self._hear(message, tasks):
                    break
            if self._connecting is not None:
                self._connecting.cancel()

    def close(self) -> None:
        """Stop everything."""
        if self._next_ping is not None:
            self._next_ping.cancel()
        self._playing.stop()
        self._client.close()
        self._socket.close()

    def _hear(self, message: SignalResponse, tasks: asyncio.TaskGroup) -> bool:
        """Do what the server says; True: it was the last word."""
        match message.WhichOneof("message"):
            case "join":
                self._person.sid = message.join.participant.sid
            case "answer":
                self._answered(message.answer, tasks)
            case "media_sections_requirement":
                needed = message.media_sections_requirement
                self._offer.receive(needed.num_audios, needed.num_videos)
                self._missing = True
                self._offer_again()
            case "refresh_token":
                self._person.token = message.refresh_token
            case "leave":
                self._person.removed = message.leave.action == LeaveRequest.DISCONNECT
                return True
            case _:
                pass
        return False

    def _answered(self, answer: SessionDescription, tasks: asyncio.TaskGroup) -> None:
        self._open_offer = answer.id != self._offers
        if self._connecting is None:
            self._connecting = tasks.create_task(self._connect(answer.sdp))
        self._offer_again()

    def _offer_again(self) -> None:
        if not self._missing or self._open_offer:
            return
        self._missing, self._open_offer = False, True
        self._offers += 1
        offer = SessionDescription(type="offer", sdp=self._offer.text(), id=self._offers)
        self._say(SignalRequest(offer=offer))

    async def _connect(self, sdp: str) -> None:
        try:
            answer = read_answer(sdp)
            remote = Remote(answer.ufrag, answer.pwd, answer.fingerprint, answer.udp)
            await self._client.connect(remote)
        except (ClientFailed, AnswerUnfit, OSError, TimeoutError):
            self._socket.close()
            return
        self._person.lives += 1
        self._person.up.set()
        self._playing.begin()

    def _ping(self) -> None:
        self._say(SignalRequest(ping_req=PingRequest(timestamp=int(self._loop.time() * 1000))))
        self._next_ping = self._loop.call_later(PING_S, self._ping)

    def _say(self, request: SignalRequest) -> None:
        self._socket.send(request.SerializeToString())


def _track(source: Source) -> AddTrackRequest:
    cid = secrets.token_hex(8)
    if isinstance(source, Camera):
        largest = source.kinds[-1]
        return AddTrackRequest(
            cid=cid,
            name="camera",
            type=TrackType.VIDEO,
            source=TrackSource.CAMERA,
            width=largest.width,
            height=largest.height,
        )
    return AddTrackRequest(
        cid=cid,
        name="microphone",
        type=TrackType.AUDIO,
        source=TrackSource.MICROPHONE,
        disable_red=True,
    )


def _join_request(sdp: str, tracks: Sequence[AddTrackRequest]) -> str:
    request = JoinRequest(
        client_info=ClientInfo(sdk=ClientInfo.JS, protocol=17, version="2.23.0"),
        connection_settings=ConnectionSettings(auto_subscribe=True, adaptive_stream=False),
        publisher_offer=SessionDescription(type="offer", sdp=sdp, id=1),
        add_track_requests=tracks,
    )
    body = gzip.compress(request.SerializeToString())
    wrapped = WrappedJoinRequest(compression=WrappedJoinRequest.GZIP, join_request=body)
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode().rstrip("=")
