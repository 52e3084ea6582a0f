"""What port 80 says: the authority gets its answer, everybody else is sent on to https."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.types import Receive, Scope, Send

_WELL_KNOWN: Final = b"/.well-known/acme-challenge/"  # RFC 8555, 8.3
_PLAIN: Final = b"application/octet-stream"


class Answering:
    """An ASGI application. ``answers``: contents by token; ``url``: where pages really are."""

    def __init__(self, answers: Mapping[str, str], url: str) -> None:
        self._answers = answers
        self._url = url.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is refused."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        path: bytes = scope.get("raw_path") or b"/"
        if path.startswith(_WELL_KNOWN):
            token = path.removeprefix(_WELL_KNOWN).decode("ascii", "replace")
            await _answer(send, self._answers.get(token))
            return
        query: bytes = scope["query_string"]
        target = self._url + path + (b"?" + query if query else b"")
        headers = [(b"location", target), (b"content-length", b"0")]
        status = HTTPStatus.PERMANENT_REDIRECT
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body"})


async def _answer(send: Send, content: str | None) -> None:
    body = (content or "").encode()
    status = HTTPStatus.OK if content else HTTPStatus.NOT_FOUND
    headers = [
        (b"content-type", _PLAIN),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
