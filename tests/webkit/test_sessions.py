import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.webkit.sessions import (
    clear_guest_cookie,
    clear_session_cookie,
    set_guest_cookie,
    set_session_cookie,
)
from tests.webkit.house import MARAS, Build


async def _arrive(request: Request) -> Response:
    response = Response()
    set_session_cookie(response, request, "s", 3600)
    set_guest_cookie(response, request, "g", None)
    return response


async def _leave(request: Request) -> Response:
    response = Response()
    clear_session_cookie(response, request)
    clear_guest_cookie(response, request)
    return response


ROUTES = [Route("/arrive", _arrive), Route("/leave", _leave)]


def test_cookies_on_https_carry_the_host_prefix(house: Build) -> None:
    client = house(secure=True, routes=ROUTES).client()
    assert client.get("/arrive").headers.get_list("set-cookie") == [
        "__Host-allmende=s; HttpOnly; Max-Age=3600; Path=/; SameSite=lax; Secure",
        "__Host-allmende-guest=g; HttpOnly; Path=/; SameSite=lax; Secure",
    ]


def test_cookies_on_loopback_go_without_prefix(house: Build) -> None:
    client = house(secure=False, routes=ROUTES).client()
    assert client.get("/arrive").headers.get_list("set-cookie") == [
        "allmende=s; HttpOnly; Max-Age=3600; Path=/; SameSite=lax",
        "allmende-guest=g; HttpOnly; Path=/; SameSite=lax",
    ]


def test_leaving_forgets_both(house: Build) -> None:
    client = house(routes=ROUTES).client()
    client.get("/arrive")
    client.get("/leave")
    assert not list(client.cookies.jar)


def test_the_tokens_reach_identity_and_strangers_cost_no_question(house: Build) -> None:
    built = house()
    client = built.client()
    client.get("/mine")
    assert built.tokens.asked == []
    client.sign_in()
    client.cookies.set("__Host-allmende-guest", "key-of-a-guest")
    client.get("/mine")
    client.get("/static/base.js")
    assert built.tokens.asked == [(MARAS, "key-of-a-guest")]


@pytest.mark.parametrize("name", ["allmende", "__Secure-allmende"])
def test_a_cookie_of_another_name_is_not_read(house: Build, name: str) -> None:
    built = house(secure=True)
    client = built.client()
    client.cookies.set(name, MARAS)
    assert client.get("/mine").status_code == 401
    assert built.tokens.asked == []


def test_an_overlong_token_is_no_token(house: Build) -> None:
    built = house()
    client = built.client()
    client.cookies.set("__Host-allmende", "x" * 513)
    assert client.get("/mine").status_code == 401
    assert built.tokens.asked == []


def test_the_name_stands_in_the_account_menu(house: Build) -> None:
    client = house().client()
    assert "<bdi>mara</bdi>" not in client.get("/-/patterns").text.split("</header>")[0]
    client.sign_in()
    assert "<bdi>mara</bdi>" in client.get("/-/patterns").text.split("</header>")[0]
