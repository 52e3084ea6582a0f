"""Answers "not yet" until the house is ready: while the database is brought to this release."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

RETRY_AFTER_S: Final = 5
_PAGE: Final = b"""<!doctype html>
<html lang="de"><meta charset="utf-8"><title>Allmende</title>
<p>Dieser Server wird gerade bereit. Bitte lade die Seite in ein paar Sekunden neu.</p>
<p lang="en">This server is getting ready. Please load the page again in a few seconds.</p>
</html>
"""
_HEADERS: Final = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-length", str(len(_PAGE)).encode()),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
    (b"retry-after", str(RETRY_AFTER_S).encode()),
]


class Doorway:
    """An ASGI application that stands before the real one."""

    def __init__(self) -> None:
        self._inside: ASGIApp | None = None

    def open(self, inside: ASGIApp) -> None:
        """Let everybody through to ``inside`` from now on."""
        self._inside = inside

    def close(self) -> None:
        """Ask everybody to come back, until it is opened again."""
        self._inside = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or ask to come back."""
        if self._inside is not None:
            await self._inside(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
        else:
            await send({"type": "http.response.start", "status": 503, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": _PAGE})
