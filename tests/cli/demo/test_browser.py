"""What a browser adds, keeps and refuses."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from allmende.cli.demo.browser import Browser, Inside, Refused, Unreachable
from tests.cli.demo.room import FACILITATE, ROOM, SPEAK, URL, Room

FORM = '<input type="hidden" name="ticket" value="t1">'


async def form(request: Request) -> Response:
    if request.method == "GET":
        return HTMLResponse(FORM)
    sent = dict(await request.form())
    same_site = request.headers["sec-fetch-site"], request.headers["origin"]
    if sent != {"name": "x", "ticket": "t1"} or same_site != ("same-origin", URL):
        return HTMLResponse(FORM)
    return RedirectResponse("/made?g=1", 303)


async def cookie(request: Request) -> Response:
    answer = JSONResponse({"language": request.headers["accept-language"]})
    answer.set_cookie("guest", "g1")
    return answer


async def refused(request: Request) -> Response:
    return JSONResponse({"error": "web.no"}, 403)


def browser() -> Browser:
    app = Starlette(
        routes=[
            Route("/form", form, methods=["GET", "POST"]),
            Route("/cookie", cookie),
            Route("/no", refused, methods=["GET", "POST"]),
        ]
    )
    return Browser(URL, "de", transport=httpx.ASGITransport(app))


def test_a_form_is_sent_from_its_page_with_its_ticket() -> None:
    async def sent() -> str:
        async with browser() as one:
            return await one.send("/form", "/form", {"name": "x"})

    assert asyncio.run(sent()) == "/made?g=1"


def test_a_form_that_comes_back_is_a_refusal() -> None:
    async def sent() -> None:
        async with browser() as one:
            await one.send("/form", "/form", {"name": "y"})

    with pytest.raises(Refused, match="form came back"):
        asyncio.run(sent())


def test_cookies_are_kept_and_the_language_is_said() -> None:
    async def asked() -> tuple[object, str]:
        async with browser() as one:
            return await one.ask("/cookie"), one.cookies()

    assert asyncio.run(asked()) == ({"language": "de"}, "guest=g1")


def test_a_refusal_has_status_and_id_and_shows_no_link() -> None:
    async def asked() -> None:
        async with browser() as one:
            await one.post("/no?g=secret", {})

    with pytest.raises(Refused, match=r"^/no: 403 web\.no$") as caught:
        asyncio.run(asked())
    assert (caught.value.status, caught.value.error) == (403, "web.no")


def test_the_page_of_a_room_says_its_number() -> None:
    async def asked(path: str) -> int:
        async with Room().browser() as one:
            return await one.room_of(path)

    assert asyncio.run(asked("/r/garten/plenum")) == ROOM
    with pytest.raises(Refused):
        asyncio.run(asked("/r/other/plenum"))


def test_a_page_without_a_room_is_a_refusal() -> None:
    async def asked() -> None:
        async with browser() as one:
            await one.room_of("/form")

    with pytest.raises(Refused, match="no room on the page"):
        asyncio.run(asked())


def test_a_guest_waits_at_the_door_and_comes_in_later() -> None:
    async def joined() -> tuple[Inside | None, Inside | None]:
        room = Room()
        async with room.browser() as one:
            first = await one.join(ROOM, "Juno", SPEAK, camera=False)
            room.admitted.add("Juno")
            return first, await one.join(ROOM, "Juno", SPEAK, camera=False)

    assert asyncio.run(joined()) == (None, Inside(URL, "t", "Juno"))


def test_the_pass_of_the_door_is_shown_when_one_comes_back() -> None:
    room = Room()

    async def joined() -> None:
        async with room.browser() as one:
            await one.join(ROOM, "Mara", FACILITATE, camera=True)
            await one.join(ROOM, "Mara", FACILITATE, camera=True)

    asyncio.run(joined())
    assert [body["pass"] for body in room.did("join")] == [None, "p"]


@pytest.mark.parametrize(
    "asks",
    [lambda one: one.page("/"), lambda one: one.ask("/"), lambda one: one.post("/", {})],
)
def test_a_server_that_is_not_there_is_unreachable(
    asks: Callable[[Browser], Awaitable[object]],
) -> None:
    class Nowhere(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no")

    async def asked() -> None:
        async with Browser(URL, "de", transport=Nowhere()) as one:
            await asks(one)

    with pytest.raises(Unreachable, match="ConnectError"):
        asyncio.run(asked())
