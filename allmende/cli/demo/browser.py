"""A browser without a screen: cookies, pages, forms, the JSON that pages ask.

What the bots do, they do with this, so they can do what a person at the link can do.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

TIMEOUT_S: Final = 20.0
_TICKET: Final = re.compile(r'name="ticket" value="([^"]+)"')
_ROOM: Final = re.compile(r'<allmende-(?:call|plenum)\s[^>]*?room="(\d+)"')
_PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Never used: the house of the demo is on loopback. It saves reading a store of certificates."""


class Refused(Exception):
    """The server said no; ``error`` is its id if it gave one."""

    def __init__(self, asked: str, status: int, error: str) -> None:
        super().__init__(f"{asked}: {status} {error}")
        self.status = status
        self.error = error


class Unreachable(Exception):
    """The server did not answer."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The answer to a join: where to connect, and as whom."""

    url: str
    token: str
    identity: str


class Browser:
    """One browser. Raises Refused and Unreachable."""

    def __init__(
        self, url: str, language: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url
        self._door_pass: str | None = None
        self._web = httpx.AsyncClient(
            base_url=url,
            timeout=TIMEOUT_S,
            verify=_PLAIN,
            transport=transport,
            headers={"Accept-Language": language},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._web.aclose()

    def cookies(self) -> str:
        """Return the cookies as a browser sends them."""
        return "; ".join(f"{one.name}={one.value}" for one in self._web.cookies.jar)

    # --- pages and forms ---------------------------------------------------------------------

    async def page(self, path: str) -> str:
        """Return the HTML of a page."""
        return (await self._answer("GET", path)).text

    async def room_of(self, path: str) -> int:
        """Return the number of the room whose page this is. Raises Refused."""
        found = _ROOM.search(await self.page(path))
        if found is None:
            raise Refused(_shown(path), 200, "no room on the page")
        return int(found[1])

    async def send(
        self, page: str, path: str, fields: Mapping[str, str], *, shows: bool = False
    ) -> str:
        """Fill in the form for ``path`` on ``page``; return where the answer leads.

        ``shows``: it leads nowhere but shows something, like a recovery kit; return its text.
        """
        ticket = _TICKET.search(await self.page(page))
        form = {**fields, "ticket": "" if ticket is None else ticket[1]}
        answer = await self._answer("POST", path, data=form)
        if answer.status_code != (httpx.codes.OK if shows else httpx.codes.SEE_OTHER):
            raise Refused(_shown(path), answer.status_code, "the form came back")
        return answer.text if shows else answer.headers["location"]

    # --- what the scripts of a page ask ------------------------------------------------------

    async def ask(self, path: str) -> Any:
        """Return the JSON of an address."""
        return (await self._answer("GET", path)).json()

    async def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Send JSON and return the JSON of the answer."""
        return (await self._answer("POST", path, json=body)).json()

    async def call(self, room: int, what: str, body: Mapping[str, object]) -> Any:
        """Ask something of the call in a room."""
        return await self.post(f"/api/v1/rooms/{room}/call/{what}", body)

    async def plenum(self, room: int, command: str, body: Mapping[str, object]) -> Any:
        """Ask something of the assembly in a room; the answer is its state."""
        return await self.post(f"/api/v1/rooms/{room}/plenum/{command}", body)

    async def join(self, room: int, name: str, link: str, *, camera: bool) -> Inside | None:
        """Press "join". None: at the door; it can be pressed again."""
        wish = {"name": name, "link": link, "pass": self._door_pass, "video": camera}
        answer = await self.call(room, "join", wish)
        if answer.get("state") == "waiting":
            return None
        self._door_pass = answer["pass"]
        where = self.url if answer["url"] == "/" else answer["url"]
        return Inside(where, answer["token"], answer["identity"])

    async def _answer(self, method: str, path: str, **sent: Any) -> httpx.Response:
        # What a browser adds to what a page of ours sends.
        headers = {} if method == "GET" else {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        try:
            answer = await self._web.request(method, path, headers=headers, **sent)
        except httpx.TransportError as failure:
            raise Unreachable(type(failure).__name__) from failure
        is_json = "json" in answer.headers.get("content-type", "")
        error = str(answer.json().get("error", "")) if is_json and answer.is_error else ""
        if answer.is_error:
            raise Refused(_shown(path), answer.status_code, error)
        return answer


def _shown(path: str) -> str:
    """Return an address without what makes it secret."""
    return path.partition("?")[0]
