"""``/rtc/v1``: forged tokens, bombs, garbage and floods (spec meet, 17)."""

import asyncio
import base64
import gzip
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import httpx
import jwt
import pytest
from livekit.protocol.models import TrackSource, TrackType
from livekit.protocol.rtc import (
    AddTrackRequest,
    LeaveRequest,
    SessionDescription,
    SignalRequest,
    UpdateSubscription,
)
from livekit.protocol.rtc import Ping as PingRequest
from wsproto.events import TextMessage

from bench.meet.websocket import WebSocket, WebSocketRefused, open_websocket
from bench.served import Served
from bench.visitor import Inside, Visitor
from tests.hostile.legs import closed, join_request, signalling, target, until, wrapped
from tests.servers import beside

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("neighbours")]

FIVE_DROPPED_WITHIN_S = 10.0
LONGEST = 60_000
"""What httpx sends; our own WebSocket client sends anything."""
BOMB_BYTES = 40_000_000
SPOILS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "over": lambda claims: claims.update(exp=int(time.time()) - 60),
    "never over": lambda claims: claims.pop("exp"),
    "not yet": lambda claims: claims.update(nbf=int(time.time()) + 600),
    "times as text": lambda claims: claims.update(exp="9999999999"),
    "another issuer": lambda claims: claims.update(iss="another"),
    "no issuer": lambda claims: claims.pop("iss"),
    "nobody": lambda claims: claims.pop("sub"),
    "a number": lambda claims: claims.update(sub=7),
    "endless": lambda claims: claims.update(sub="x" * 300),
    "no grant": lambda claims: claims.pop("video"),
    "a list of grants": lambda claims: claims.update(video=["roomJoin"]),
    "no room": lambda claims: claims["video"].pop("room"),
    "may not join": lambda claims: claims["video"].update(roomJoin=False),
    "join as text": lambda claims: claims["video"].update(roomJoin="true"),
    "hidden": lambda claims: claims["video"].update(hidden=True),
    "recorder": lambda claims: claims["video"].update(recorder=True),
    "roomAdmin": lambda claims: claims["video"].update(roomAdmin=True),
    "roomRecord": lambda claims: claims["video"].update(roomRecord=True),
    "agent": lambda claims: claims["video"].update(agent=True),
}


def play(server: Served, story: Callable[[Inside], Awaitable[None]]) -> None:
    """Somebody alone in a room, with a good ticket."""

    async def played() -> None:
        async with Visitor(server.url) as founder:
            room = await founder.start_room("Feind")
            inside = await founder.join(room, "Feind", link=room.link)
            assert inside is not None
            await story(inside)

    asyncio.run(played())


@pytest.fixture(scope="module")
def ticket(server: Served) -> Inside:
    """A good ticket of a call that nobody has connected to yet."""
    kept: list[Inside] = []

    async def keep(inside: Inside) -> None:
        kept.append(inside)

    play(server, keep)
    return kept[0]


@pytest.fixture(scope="module")
def key(server: Served) -> bytes:
    """What tokens are signed with, as nobody outside knows it."""
    with closing(beside(server.data)) as db:
        found = db.execute("SELECT * FROM house_secret WHERE name = 'media'").fetchone()
    return next(value for value in found if isinstance(value, bytes))


def claims_of(ticket: Inside) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(ticket.token, options={"verify_signature": False})
    return claims


def with_head(token: str, key: bytes, **head: Any) -> str:
    """The same claims under another header, signed as we sign."""
    first = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=")
    signed = first + b"." + token.split(".")[1].encode()
    mark = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + mark).decode()


def refused(server: Served, token: str, request: str = "") -> int:
    """What the WebSocket answers; ``validate`` answers the same."""
    path = target(token, request or join_request())

    async def knock() -> int:
        try:
            socket = await open_websocket(server.url, path)
        except WebSocketRefused as status:
            return status.status
        socket.close()
        return 101

    status = asyncio.run(knock())
    if len(path) > LONGEST:
        return status
    asked = httpx.get(server.url + path.replace("/rtc/v1?", "/rtc/v1/validate?"))
    assert asked.status_code == (200 if status == 101 else status)
    return status


# --- tokens ----------------------------------------------------------------------------------


def test_the_ticket_that_is_spoiled_below_is_a_good_one(server: Served, ticket: Inside) -> None:
    asked = httpx.get(server.url + target(ticket.token, join_request()).replace("?", "/validate?"))
    assert asked.status_code == 200


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_token_with_our_own_signature_that_we_never_mint_is_refused(
    server: Served, ticket: Inside, key: bytes, spoil: str
) -> None:
    claims = claims_of(ticket)
    assert jwt.decode(ticket.token, key, algorithms=["HS256"])
    SPOILS[spoil](claims)
    assert refused(server, jwt.encode(claims, key, algorithm="HS256")) in (401, 403)


def test_a_token_of_another_algorithm_or_key_is_refused(
    server: Served, ticket: Inside, key: bytes
) -> None:
    claims = claims_of(ticket)
    head, body, _ = ticket.token.split(".")
    none = jwt.encode(claims, "", algorithm="none")
    forged = [
        none,
        none.replace("none", "None"),
        f"{head}.{body}.",
        f"{head}.{body}.AAAA",
        jwt.encode(claims, b"another key of thirty-two bytes!", algorithm="HS256"),
        jwt.encode(claims, key * 2, algorithm="HS512"),
        *(with_head(ticket.token, key, alg=alg) for alg in ("none", "RS256", "ES256", "HS384", 7)),
        with_head(ticket.token, key, alg="HS256", crit=["x"]),
        *("", ".", "..", "a.b.c", "x" * 20_000, "\x00", "%00", "é.é.é"),
    ]
    assert {refused(server, token) for token in forged} == {401}


def test_a_good_token_for_a_room_that_is_none_finds_nothing(
    server: Served, ticket: Inside, key: bytes
) -> None:
    for room in ("r999999", "echo-made-up", "../r1", "R1"):
        claims = claims_of(ticket)
        claims["video"]["room"] = room
        assert refused(server, jwt.encode(claims, key, algorithm="HS256")) == 404


def test_a_good_token_for_an_identity_that_was_never_let_in_finds_nothing(
    server: Served, ticket: Inside, key: bytes
) -> None:
    claims = claims_of(ticket)
    claims["sub"] = "somebody-else"
    assert refused(server, jwt.encode(claims, key, algorithm="HS256")) == 404


# --- join requests ---------------------------------------------------------------------------


def test_a_join_request_that_is_none_is_refused(server: Served, ticket: Inside) -> None:
    bomb = gzip.compress(bytes(BOMB_BYTES))
    bad = [
        "%",
        "ä",
        "A",
        "////",
        wrapped(b"\xff\xff\xff"),
        wrapped(b"no gzip", zipped=True),
        wrapped(gzip.compress(b"x" * 100)[:-9], zipped=True),
        wrapped(gzip.compress(b"\xff" * 100), zipped=True),
    ]
    assert {refused(server, ticket.token, text) for text in bad} == {400}
    assert refused(server, ticket.token, wrapped(bomb, zipped=True)) in (400, 414)
    assert refused(server, ticket.token, "A" * 70_000) in (414, 431)


# --- frames ----------------------------------------------------------------------------------


def text_frame(socket: WebSocket) -> None:
    socket._writer.write(socket._wire.send(TextMessage(data="{}")))


def garbage_frame(socket: WebSocket) -> None:
    socket.send(b"\xff" * 100)


def empty_frame(socket: WebSocket) -> None:
    socket.send(b"")


def large_frame(socket: WebSocket) -> None:
    socket.send(bytes(256 * 1024 + 1))


@pytest.mark.parametrize("say", [text_frame, garbage_frame, empty_frame, large_frame])
def test_the_fifth_frame_that_is_none_is_the_last(
    server: Served, say: Callable[[WebSocket], None]
) -> None:
    async def story(inside: Inside) -> None:
        async with signalling(inside) as socket:
            await until(socket, "join")
            for _ in range(4):
                say(socket)
            socket.send(SignalRequest(ping=1).SerializeToString())
            await until(socket, "pong")
            say(socket)
            said = await closed(socket, FIVE_DROPPED_WITHIN_S)
            assert said[-1].leave.action == LeaveRequest.DISCONNECT

    play(server, story)


def test_a_frame_beyond_all_bounds_closes_the_websocket(server: Served) -> None:
    async def story(inside: Inside) -> None:
        async with signalling(inside) as socket:
            await until(socket, "join")
            socket.send(bytes(3_000_000))
            await closed(socket, FIVE_DROPPED_WITHIN_S)

    play(server, story)


def test_who_floods_is_sent_away(server: Served) -> None:
    async def story(inside: Inside) -> None:
        ping = SignalRequest(ping_req=PingRequest(timestamp=1)).SerializeToString()
        async with signalling(inside) as socket:
            await until(socket, "join")
            for _ in range(400):
                socket.send(ping)
            said = await closed(socket, FIVE_DROPPED_WITHIN_S)
            assert said[-1].leave.action == LeaveRequest.DISCONNECT

    play(server, story)


SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
OFFERS = {
    "no SDP": "hello",
    "empty": "",
    "no ufrag": f"{SDP}{AUDIO}a=mid:0\r\n",
    "double mids": f"{SDP}{AUDIO}a=mid:0\r\n{AUDIO}a=mid:0\r\n",
    "too many sections": SDP + f"{AUDIO}a=mid:0\r\n" * 301,
    "too long": SDP + "a=x\r\n" * 45_000,
}


@pytest.mark.parametrize("kind", OFFERS)
def test_an_offer_that_is_none_ends_its_own_connection(server: Served, kind: str) -> None:
    async def story(inside: Inside) -> None:
        offer = SessionDescription(type="offer", sdp=OFFERS[kind], id=1)
        async with signalling(inside) as socket:
            await until(socket, "join")
            socket.send(SignalRequest(offer=offer).SerializeToString())
            said = await closed(socket, FIVE_DROPPED_WITHIN_S)
            assert said[-1].WhichOneof("message") == "leave"

    play(server, story)


def test_tracks_beyond_the_limit_and_unknown_ones_are_answered(server: Served) -> None:
    async def story(inside: Inside) -> None:
        async with signalling(inside) as socket:
            await until(socket, "join")
            for number in range(12):
                track = AddTrackRequest(
                    cid=f"c{number}", type=TrackType.AUDIO, source=TrackSource.MICROPHONE
                )
                socket.send(SignalRequest(add_track=track).SerializeToString())
            refusal = await until(socket, "request_response")
            assert refusal.request_response.reason
            wish = UpdateSubscription(track_sids=["TR_none"], subscribe=True)
            socket.send(SignalRequest(subscription=wish).SerializeToString())
            await until(socket, "subscription_response")

    play(server, story)
