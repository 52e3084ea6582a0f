"""The cookie of an author, addresses from paths, labels, and keeping search engines away."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from allmende.systems.pads.web.kit import BASES, Author, address_of, below_pads, route
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from tests.webkit.house import Browser, KnownTokens


async def _named(request: Request) -> Response:
    author = Author(request)
    address = address_of(request)
    return author.kept(PlainTextResponse(f"{author.secret} {address.base}"))


def house(*, secure: bool) -> Browser:
    routes = [route(base, _named, "GET") for base in BASES]
    app = Starlette(
        routes=[*below_pads([("/x", _named, "GET")]), *routes],
        middleware=middleware(KnownTokens(), Site(secure=secure)),
    )
    return Browser(app, f"{'https' if secure else 'http'}://house.example", {})


def test_a_browser_keeps_one_random_cookie_for_all_pads() -> None:
    for secure, name in ((True, "__Host-allmende-author"), (False, "allmende-author")):
        browser = house(secure=secure)
        first = browser.get("/p/a")
        secret = first.text.partition(" ")[0]
        assert len(secret) >= 22
        assert browser.cookies[name] == secret
        assert ("Secure" in first.headers["set-cookie"]) == secure
        again = browser.get("/r/room/pads/b")
        assert again.text == f"{secret} /r/room/pads/b"
        assert "set-cookie" not in again.headers


def test_a_cookie_that_is_none_of_ours_is_replaced() -> None:
    for wrong in ("short", "x" * 65):
        browser = house(secure=False)
        browser.cookies.set("allmende-author", wrong)
        answer = browser.get("/p/a")
        assert wrong not in answer.text
        assert "allmende-author" in answer.headers["set-cookie"]


def test_paths_become_addresses() -> None:
    browser = house(secure=False)
    for path in ("/p/a", "/p/g/a", "/r/room/pads/a"):
        assert browser.get(path).text.endswith(f" {path}")
        assert browser.get(f"{path}/x").text.endswith(f" {path}")


def test_every_answer_carries_the_tag_for_robots() -> None:
    answer = house(secure=False).get("/p/a/b/x")
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
