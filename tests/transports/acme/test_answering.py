import asyncio
from typing import Any

import pytest

from allmende.transports.acme.answering import Answering

HERE = Answering({"abc": "abc.thumb"}, "https://example.org:8443")


def ask(path: str, query: str = "", kind: str = "http") -> list[dict[str, Any]]:
    """Send one request; return what comes back."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "raw_path": path.encode(), "query_string": query.encode()}
    asyncio.run(HERE(scope, receive, send))
    return sent


def test_the_authority_finds_its_answer() -> None:
    start, body = ask("/.well-known/acme-challenge/abc")
    assert (start["status"], body["body"]) == (200, b"abc.thumb")


@pytest.mark.parametrize("token", ["", "abd", "abc/", "%C3%BC", "\u00fc"])
def test_it_finds_nothing_else(token: str) -> None:
    start, body = ask(f"/.well-known/acme-challenge/{token}")
    assert (start["status"], body["body"]) == (404, b"")


@pytest.mark.parametrize(
    ("path", "query"), [("/", ""), ("/p/plan", "view=text"), ("//evil.example", ""), ("/%0d", "")]
)
def test_everybody_else_is_sent_on_to_the_same_page(path: str, query: str) -> None:
    start, _ = ask(path, query)
    location = dict(start["headers"])[b"location"].decode()
    assert start["status"] == 308
    assert location == f"https://example.org:8443{path}" + (f"?{query}" if query else "")


def test_a_websocket_is_refused() -> None:
    assert [message["type"] for message in ask("/", kind="websocket")] == ["websocket.close"]
