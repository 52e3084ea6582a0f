"""Files over HTTP: put by who has the ticket, fetched by who has the link, never a page."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from allmende.config import Limits
from allmende.systems.chat.service.uploads import AT_ONCE, Slot, UploadSettings
from allmende.systems.chat.wire.files import file_routes
from allmende.webkit.i18n import Catalogues
from tests.systems.chat.conftest import Square
from tests.systems.chat.service.depot import SMALL, URL, Depot, photo
from tests.transports.talking import served
from tests.webkit.house import LOCALE, Browser, build_house

HOST = "files.x.example"


class Counter:
    """The routes in a house, under the name of the host of files and under its own."""

    def __init__(self, square: Square, folder: Path, settings: UploadSettings = SMALL) -> None:
        self.depot = Depot(square, folder, settings)
        house = build_house(
            Catalogues.load(LOCALE), routes=[*file_routes(self.depot.uploads, HOST)]
        )
        self.app: Starlette = house.app
        self.files, self.main = Browser(house.app, URL, {}), house.client()

    def slot(self, content: bytes, name: str = "a.bin", kind: str = "") -> Slot:
        return self.depot.slot(len(content), name, kind)

    def put(
        self, slot: Slot, content: bytes | AsyncIterator[bytes], **headers: str
    ) -> httpx.Response:
        return self.files.ask("PUT", slot.put.removeprefix(URL), content=content, headers=headers)

    def get(self, slot: Slot, **headers: str) -> httpx.Response:
        return self.files.get(slot.get.removeprefix(URL), headers=headers)


@pytest.fixture
def counter(square: Square, tmp_path: Path) -> Counter:
    return Counter(square, tmp_path)


def test_a_file_is_put_and_fetched_and_can_run_nothing(counter: Counter) -> None:
    page = b"<script>alert(1)</script>"
    slot = counter.slot(page, "Füße 'n'.html", "text/html")
    answer = counter.put(slot, page, **{"Content-Type": "text/html"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (201, "*")
    for found in (counter.get(slot), counter.files.ask("HEAD", slot.get.removeprefix(URL))):
        assert found.status_code == 200
        assert found.headers["content-type"] == "application/octet-stream"
        assert found.headers["content-length"] == str(len(page))
        assert found.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''F%C3%BC%C3%9Fe%20%27n%27.html"
        )
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in found.headers["content-security-policy"]
        assert found.headers["access-control-allow-origin"] == "*"
        assert found.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "set-cookie" not in found.headers
    assert counter.get(slot).content == page
    assert counter.files.ask("HEAD", slot.get.removeprefix(URL)).content == b""


def test_a_picture_is_shown_on_the_host_of_files_alone(counter: Counter) -> None:
    taken = photo()
    slot = counter.slot(taken, "a.jpg", "image/jpeg")
    counter.put(slot, taken)
    found = counter.get(slot)
    assert found.headers["content-type"] == "image/jpeg"
    assert found.headers["content-disposition"].startswith("inline")
    assert b"at home" not in found.content
    elsewhere = counter.main.get(slot.get.removeprefix(URL))
    assert elsewhere.headers["content-disposition"].startswith("attachment")
    assert elsewhere.content == found.content


@pytest.mark.parametrize(
    ("content", "headers", "status", "error"),
    [
        (b"abc", {}, 413, "chat.file-size"),
        (b"abcde", {}, 413, "chat.file-size"),
        (b"abcd", {"Content-Type": "text/html"}, 400, "chat.file-kind"),
    ],
)
def test_what_was_not_announced_is_refused(
    counter: Counter, content: bytes, headers: dict[str, str], status: int, error: str
) -> None:
    slot = counter.slot(b"abcd", kind="text/plain")
    answer = counter.put(slot, content, **headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert counter.get(slot).status_code == 404


def test_a_body_without_a_length_is_counted(counter: Counter) -> None:
    async def body(*pieces: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    slot = counter.slot(b"abcd")
    assert counter.put(slot, body(b"abc", b"de")).status_code == 413
    assert counter.put(slot, body(b"ab", b"cd")).status_code == 201


@pytest.mark.slow
def test_a_file_may_be_larger_than_other_bodies(square: Square, tmp_path: Path) -> None:
    counter = Counter(square, tmp_path, UploadSettings(url=URL))
    content = bytes(range(256)) * 8 * 1024
    assert len(content) > Limits().body_bytes
    slot = counter.slot(content)

    async def story() -> tuple[int, int, bytes]:
        async with served(app=counter.app) as listeners:
            base = f"http://127.0.0.1:{listeners.port}"
            async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
                put = await client.put(slot.put.removeprefix(URL), content=content)
                elsewhere = await client.post("/api/v1/notes", content=content)
                got = await client.get(slot.get.removeprefix(URL))
                return put.status_code, elsewhere.status_code, got.content

    put, elsewhere, got = asyncio.run(story())
    assert (put, elsewhere) == (201, 400)
    assert got == content


def test_the_second_file_for_a_place_is_refused(counter: Counter) -> None:
    slot = counter.slot(b"abcd")
    assert counter.put(slot, b"abcd").status_code == 201
    assert counter.put(slot, b"efgh").status_code == 409


@pytest.mark.parametrize("query", ["", "?v=", "?v=AAAA", "?v=%00", "?v=" + "A" * 500])
def test_without_a_ticket_nothing_is_taken(counter: Counter, query: str) -> None:
    slot = counter.slot(b"abcd")
    path = slot.get.removeprefix(URL) + query
    answer = counter.files.ask("PUT", path, content=b"abcd")
    assert (answer.status_code, answer.json()["error"]) == (403, "chat.upload-too-late")


@pytest.mark.parametrize("path", ["/files/a/b", "/files/%00/%00", "/files/..%2f/%ED%A0%80"])
def test_what_is_not_there_is_said_to_be_not_there(counter: Counter, path: str) -> None:
    assert counter.files.get(path).status_code == 404
    assert counter.files.ask("PUT", path, content=b"x").status_code in (403, 404)


def test_pages_of_other_hosts_may_put_and_fetch(counter: Counter) -> None:
    path = counter.slot(b"abcd").get.removeprefix(URL)
    answer = counter.files.ask("OPTIONS", path)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_too_many_at_once_are_told_to_come_again(counter: Counter) -> None:
    counter.depot.uploads._sending[counter.depot.account] = AT_ONCE
    answer = counter.put(counter.slot(b"abcd"), b"abcd")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")


def test_who_goes_away_in_the_middle_leaves_nothing(counter: Counter) -> None:
    slot = counter.slot(b"abcd")
    path, _, query = slot.put.removeprefix(URL).partition("?")
    coming: list[Message] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http", "method": "PUT", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": [(b"content-length", b"4")], "scheme": "https",
        "server": (HOST, 443), "client": ("x", 0), "root_path": "", "http_version": "1.1",
        "asgi": {"version": "3.0"},
    }  # fmt: skip
    asyncio.run(counter.app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert counter.get(slot).status_code == 404
