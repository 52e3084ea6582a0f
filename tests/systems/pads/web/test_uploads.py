"""A form with a file: whole, from our own page, and not too large."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from allmende.core.errors import AllmendeError
from allmende.systems.pads.web.uploads import read_upload
from allmende.webkit.csrf import FormTicket
from allmende.webkit.errors import status_of
from allmende.webkit.sessions import FORM_COOKIE, set_cookie
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from tests.webkit.house import Browser, KnownTokens

LIMIT = 100_000


async def _ticket(request: Request) -> Response:
    ticket = FormTicket(request)
    response = PlainTextResponse(ticket())
    if ticket.new_cookie is not None:
        set_cookie(response, request, FORM_COOKIE, ticket.new_cookie, None)
    return response


async def _take(request: Request) -> Response:
    try:
        file = await read_upload(request, "file", limit_bytes=LIMIT)
    except AllmendeError as refused:
        return PlainTextResponse(refused.message_id, status_of(refused))
    return Response(file.name.encode() + b" " + file.data)


@pytest.fixture
def browser() -> Browser:
    routes = [Route("/", _ticket), Route("/take", _take, methods=["POST"])]
    app = Starlette(routes=routes, middleware=middleware(KnownTokens(), Site(secure=False)))
    return Browser(app, "http://house.example", {})


def test_a_file_comes_as_it_is(browser: Browser) -> None:
    fields = {"ticket": browser.get("/").text}
    data = bytes(range(256)) * 300
    answer = browser.post("/take", data=fields, files={"file": ("../a b.md", data)})
    assert answer.content == b"../a b.md " + data


def test_what_is_no_form_with_a_file_from_our_page_is_refused(browser: Browser) -> None:
    fields = {"ticket": browser.get("/").text}
    file = {"file": ("a.md", b"x")}
    boundary = {"content-type": "multipart/form-data; boundary=x"}
    refused = [
        (browser.post("/take", data=fields), 400, "web.invalid-body"),
        (browser.post("/take", files=file), 403, "web.form-too-old"),
        (browser.post("/take", data={"ticket": "0"}, files=file), 403, "web.form-too-old"),
        (browser.post("/take", data=fields, files={"other": ("a", b"x")}), 400, "pads.no-file"),
        (browser.post("/take", content=b"--x\r\nbad\r\n", headers=boundary), 400,
         "web.invalid-body"),
        (browser.post("/take", content=b"x", headers={"content-type": "multipart/form-data"}),
         400, "web.invalid-body"),
        (browser.post("/take", data=fields, files=[("file", file["file"])] * 2), 400,
         "web.invalid-body"),
        (browser.post("/take", data=fields, files={"file": ("a", b"x" * 200_000)}), 413,
         "web.body-too-large"),
        (browser.post("/take", data=fields, files=file, headers={"sec-fetch-site": "same-site"}),
         403, "web.other-site"),
    ]  # fmt: skip
    for answer, status, message_id in refused:
        assert (answer.status_code, answer.text) == (status, message_id)
