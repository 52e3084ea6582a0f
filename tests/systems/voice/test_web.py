"""The light page over HTTP and its WebSocket, as a browser asks it."""

import asyncio
import json
import re
from typing import Any

import httpx
from starlette.applications import Starlette

from allmende.core.ports.audio import LegRemoved
from allmende.core.ports.calls import Act
from allmende.identity.model.answers import SignedIn
from allmende.protocols.mumble.address import MumblePlace
from allmende.systems.voice.model.settings import RoomVoice
from allmende.systems.voice.system import TEMPLATES
from allmende.systems.voice.web import WebKit, routes
from allmende.systems.voice.web.live import GONE, MAX_ORDER_BYTES, MAX_WAITING, PageLine
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.identity.town import GOOD
from tests.systems.voice.harbour import TEXTS, Harbour, Scene, run

ORIGIN = {"sec-fetch-site": "same-origin"}
HOUSE = "http://house.example"


def kit_of(harbour: Harbour) -> WebKit:
    """The web kit with everything but built files."""
    return WebKit(
        pages=Pages([TEMPLATES], TEXTS, Assets.unbuilt(TEXTS)),
        texts=TEXTS,
        addresses=AddressKeys(harbour.clock),
        joins=RateLimit(harbour.clock, burst=4, per_hour=60),
        orders=RateLimit(harbour.clock, burst=20, per_hour=3600),
        written=RateLimit(harbour.clock, burst=1, per_hour=3600),
        slots=8,
        with_chat=True,
        mumble=MumblePlace("house.example"),
    )


class Socket:
    """One end of a WebSocket: what the page says, and what it hears."""

    def __init__(self, app: Starlette, path: str, cookies: str, origin: str = HOUSE) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.said.put_nowait({"type": "websocket.connect"})
        route, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "headers": [
                (b"host", b"house.example"),
                (b"origin", origin.encode()),
                (b"cookie", cookies.encode()),
                (b"accept-language", b"en"),
            ],
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
        self.served = asyncio.ensure_future(app(scope, self.said.get, self._send))

    async def _send(self, message: Any) -> None:
        self.heard.put_nowait(dict(message))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return await self.heard.get()

    async def told(self, kind: str) -> dict[str, Any]:
        """Return the next thing of this kind that the page is told."""
        while True:
            message = await self.next()
            assert message["type"] == "websocket.send", message
            facts: dict[str, Any] = json.loads(message["bytes"])
            if facts["kind"] == kind:
                return facts

    def ask(self, **order: Any) -> None:
        data = json.dumps(order).encode()
        self.said.put_nowait({"type": "websocket.receive", "bytes": data})

    async def leave(self) -> None:
        self.said.put_nowait({"type": "websocket.disconnect"})
        async with asyncio.timeout(5):
            await self.served


class Visitor:
    """A browser of a guest who came by a link."""

    def __init__(self, harbour: Harbour) -> None:
        self.app = Starlette(
            routes=routes(harbour.voice.light, harbour.voice.settings, kit_of(harbour)),
            middleware=middleware(harbour.identity, Site(secure=False)),
            exception_handlers=ERROR_HANDLERS,
        )
        self.app.state.pages = Pages([TEMPLATES], TEXTS, Assets.unbuilt(TEXTS))
        transport = httpx.ASGITransport(self.app)
        english = {"accept-language": "en"}
        self.http = httpx.AsyncClient(transport=transport, base_url=HOUSE, headers=english)

    async def offers(self, room: int, **more: Any) -> httpx.Response:
        body = {"sdp": "offer", "name": "Zug", **more}
        return await self.http.post(f"/api/v1/rooms/{room}/voice", json=body, headers=ORIGIN)

    def socket(self, room: int, me: str, origin: str = HOUSE) -> Socket:
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return Socket(self.app, f"/api/v1/rooms/{room}/voice/live?me={me}", cookies, origin)

    async def leaves(self, room: int, me: str, **headers: str) -> httpx.Response:
        path = f"/api/v1/rooms/{room}/voice?me={me}"
        return await self.http.delete(path, headers=headers or ORIGIN)


def test_the_page_says_who_is_here_and_which_other_ways_there_are_without_scripts(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor = Visitor(harbour)
            link = await harbour.link(scene.ada, scene.room.id)
            answer = await visitor.http.get(f"/r/{scene.room.slug}/voice?g={link}")
            assert answer.status_code == 200
            assert "The people who run this server could listen in" in answer.text
            assert f"/r/{scene.room.slug}/chat" in answer.text
            assert "mumble://" in answer.text
            assert 'slots="8"' in answer.text
            assert "microphone=(self)" in answer.headers["permissions-policy"]
            assert (await visitor.http.get(f"/r/{scene.secret.slug}/voice")).status_code == 404

    run(tell())


def test_an_offer_is_answered_with_201_and_a_guest_keeps_a_cookie(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor = Visitor(harbour)
            link = await harbour.link(scene.ada, scene.room.id)
            answer = await visitor.offers(scene.room.id, link=link)
            assert answer.status_code == 201
            inside = answer.json()
            assert (inside["sdp"], inside["slots"], inside["name"]) == ("answer to offer", 8, "Zug")
            assert inside["session"]
            assert "allmende-guest" in visitor.http.cookies
            waits = await visitor.offers(
                scene.closed.id, link=await harbour.link(scene.ada, scene.closed.id)
            )
            assert (waits.status_code, waits.json()["state"]) == (202, "waiting")

    run(tell())


def test_other_sites_neither_offer_nor_end_nor_listen(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor = Visitor(harbour)
            link = await harbour.link(scene.ada, scene.room.id)
            me = (await visitor.offers(scene.room.id, link=link)).json()["identity"]
            refused = await visitor.leaves(scene.room.id, me, **{"sec-fetch-site": "cross-site"})
            assert refused.status_code == 403
            other = visitor.socket(scene.room.id, me, "http://other.example")
            assert (await other.next())["type"] == "websocket.http.response.start"
            await other.served
            assert (await visitor.leaves(scene.room.id, me)).status_code == 200
            assert len(harbour.voice.legs.light) == 0

    run(tell())


def test_anybody_hears_themself_before_they_come_in(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor = Visitor(harbour)
            path, body = "/api/v1/voice/echo", {"sdp": "echo"}
            answer = await visitor.http.post(path, json=body, headers=ORIGIN)
            assert (answer.status_code, answer.json()) == (201, {"sdp": "answer to echo"})
            cross = {"sec-fetch-site": "cross-site"}
            assert (await visitor.http.post(path, json=body, headers=cross)).status_code == 403
            asked = [await visitor.http.post(path, json=body, headers=ORIGIN) for _ in range(4)]
            assert [one.status_code for one in asked] == [201, 201, 201, 429]
            assert harbour.calls.shown(scene.room.id) is None

    run(tell())


def test_too_many_offers_of_one_address_have_to_wait(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor = Visitor(harbour)
            asked = [await visitor.offers(scene.room.id) for _ in range(5)]
            assert [one.status_code for one in asked] == [404, 404, 404, 404, 429]

    run(tell())


def test_the_live_connection_tells_and_does_what_is_asked(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor, room = Visitor(harbour), scene.room.id
            link = await harbour.link(scene.ada, room)
            me = (await visitor.offers(room, link=link)).json()["identity"]
            page = visitor.socket(room, me)
            assert (await page.next())["type"] == "websocket.accept"
            roster = await page.told("roster")
            assert [one["identity"] for one in roster["people"]] == [me]
            page.ask(do="act", act="raise")
            page.ask(do="mute", on=True)
            page.ask(do="deafen", on=True)
            page.ask(do="act", act="nonsense")
            assert "text" in await page.told("refused")
            assert harbour.calls.done == [(Act.RAISE, room, "")]
            leg = harbour.voice.legs.light.find(room, me)
            assert leg is not None
            assert (leg.flags.self_mute, leg.flags.self_deaf) == (True, True)
            await page.leave()
            assert leg.gone_since_s is not None

    run(tell())


def test_what_is_too_long_or_too_fast_is_refused_and_the_page_stays(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor, room = Visitor(harbour), scene.room.id
            link = await harbour.link(scene.ada, room)
            me = (await visitor.offers(room, link=link)).json()["identity"]
            page = visitor.socket(room, me)
            await page.next()
            for text in ("x" * MAX_ORDER_BYTES, "\x00"):
                page.ask(do="say", text=text)
                assert (await page.told("refused"))["do"] == ""
            page.ask(do="say", text="hallo")
            await page.told("said")
            page.ask(do="say", text="und noch etwas")
            refused = await page.told("refused")
            assert (refused["do"], bool(refused["text"])) == ("say", True)
            await page.leave()

    run(tell())


def test_who_is_put_out_is_told_why_and_is_not_asked_to_come_back(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor, room = Visitor(harbour), scene.room.id
            link = await harbour.link(scene.ada, room)
            inside = (await visitor.offers(room, link=link)).json()
            page = visitor.socket(room, inside["identity"])
            await page.next()
            await page.told("roster")
            await harbour.voice.watching.heard(LegRemoved(inside["session"], ended=False))
            assert (await page.told("over"))["why"] == "removed"
            assert (await page.next())["code"] == GONE
            await page.leave()
            late = visitor.socket(room, inside["identity"])
            await late.next()
            assert (await late.next())["code"] == GONE
            await late.leave()

    run(tell())


def test_a_page_that_reads_nothing_is_not_waited_for(harbour: Harbour, scene: Scene) -> None:
    async def tell() -> None:
        line = PageLine(kit_of(harbour), "en")
        for number in range(MAX_WAITING + 3):
            line.put("talking", {"identity": str(number), "on": True})
        written: list[bytes] = []

        class Slow:
            async def send(self, data: bytes) -> None:
                written.append(data)

            async def close(self, code: int) -> None:
                written.append(str(code).encode())

        await line.write(Slow())
        assert len(written) == MAX_WAITING + 1

    run(tell())


def test_admins_set_what_the_voice_of_a_room_may_be_used_for(
    harbour: Harbour, scene: Scene
) -> None:
    async def tell() -> None:
        async with harbour.open():
            visitor, path = Visitor(harbour), f"/r/{scene.room.slug}/voice/settings"
            signed_in = await harbour.identity.sign_in("ada", GOOD)
            assert isinstance(signed_in, SignedIn)
            assert (await visitor.http.get(path)).status_code == 404
            visitor.http.cookies.set("allmende", signed_in.token)
            page = (await visitor.http.get(path)).text
            (ticket,) = set(re.findall(r'name="ticket" value="([^"]+)"', page))
            assert page.count("checked") == 1
            typed = {"ticket": ticket, "listen": "on", "bandwidth": "9"}
            refused = await visitor.http.post(path, data=typed, headers=ORIGIN)
            assert refused.status_code == 400
            assert "Possible are 16 to 558 kbit/s" in refused.text
            assert refused.text.count("checked") == 1
            typed = {"ticket": ticket, "mumble": "on", "listen": "on", "bandwidth": "64"}
            saved = await visitor.http.post(path, data=typed, headers=ORIGIN)
            assert (saved.status_code, saved.headers["location"]) == (303, f"{path}?done=saved")
            _, voice = await harbour.voice.settings.shown(scene.ada, scene.room.slug)
            assert voice == RoomVoice(may_listen=True, bandwidth_bps=64_000)

    run(tell())
