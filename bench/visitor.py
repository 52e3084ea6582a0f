"""Somebody who uses a server as people do: its pages, its forms, its JSON. No back door.

    async with Visitor(url) as founder:
        room = await founder.start_room("Plenum")
        inside = await founder.join(room, "Mara", link=room.link)
        await founder.say(room, "hello")

Knows nothing of our code: what it needs it reads from the pages.
"""

import base64
import hashlib
import json
import re
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

import httpx

TIMEOUT_S: Final = 30.0
_TICKET: Final = re.compile(r'name="ticket" value="([^"]+)"')
_ROOM_ID: Final = re.compile(r'<allmende-call room="(\d+)"')
_KIT_CODE: Final = re.compile(r'<code class="kit-code">([^<]+)</code>')
_ROOM_LINK: Final = re.compile(r'href="/r/([a-z0-9]+)/call"')


class Refused(Exception):
    """The server said no; ``status`` is its number, ``error`` its id if it gave one."""

    def __init__(self, asked: str, status: int, error: str) -> None:
        super().__init__(f"{asked}: {status} {error}")
        self.status = status
        self.error = error


@dataclass(frozen=True)
class Place:
    """A room as seen from outside. ``link``: the token of a link into it, "" for none."""

    slug: str
    room_id: int
    link: str = ""


@dataclass(frozen=True)
class Inside:
    """The answer to a join: where to connect, and as whom."""

    url: str
    token: str
    identity: str
    door_pass: str
    role: str


class Visitor:
    """One browser: its cookies, its connections. Raises Refused and httpx errors."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.door_pass: str | None = None
        self._web = httpx.AsyncClient(
            base_url=self.url, timeout=TIMEOUT_S, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the browser."""
        await self._web.aclose()

    def cookie(self) -> str:
        """Return the cookies as a browser sends them."""
        return "; ".join(f"{one.name}={one.value}" for one in self._web.cookies.jar)

    # --- rooms without account -----------------------------------------------------------------

    async def start_room(self, name: str = "") -> Place:
        """Press "start a plenum" on the start page; the link of the answer facilitates."""
        page = await self.page("/")
        proof = solve((await self._got("/api/v1/challenge")).json())
        started = await self._sent(page, "/start", {"name": name, "proof": proof})
        address = urlsplit(started)
        slug, link = address.path.split("/")[2], parse_qs(address.query)["g"][0]
        await self.page(started)
        return await self.place(slug, link)

    async def place(self, slug: str, link: str = "") -> Place:
        """Open the page of a call and read which room it is."""
        query = f"?g={link}" if link else ""
        page = await self.page(f"/r/{slug}/call{query}")
        found = _ROOM_ID.search(page)
        if found is None:
            raise Refused(f"/r/{slug}/call", 200, "no room on the page")
        return Place(slug, int(found[1]), link)

    # --- accounts and groups -------------------------------------------------------------------

    async def accept_invite(self, invite: str, name: str, password: str) -> str:
        """Make an account by an invite (its whole address); return its recovery code."""
        path = urlsplit(invite).path
        kit = await self.answered(path, path, {"name": name, "password": password})
        code = _KIT_CODE.search(kit)
        if code is None:
            raise Refused(path, 200, "no recovery kit")
        return code[1]

    async def sign_in(self, name: str, password: str) -> None:
        """Sign in."""
        form = {"name": name, "password": password, "page": "/"}
        await self._sent(await self.page("/signin"), "/signin", form)

    async def make_group(self, name: str) -> str:
        """Make a group; return its slug."""
        where = await self._sent(await self.page("/groups"), "/groups", {"name": name})
        return where.split("/")[2]

    async def make_room(self, group: str, name: str) -> Place:
        """Make a room in a group."""
        before = set(_ROOM_LINK.findall(await self.page(f"/g/{group}")))
        page = await self.page(f"/g/{group}")
        await self._sent(page, f"/g/{group}/rooms", {"name": name})
        after = set(_ROOM_LINK.findall(await self.page(f"/g/{group}")))
        return await self.place((after - before).pop())

    async def sent(self, page: str, path: str, fields: Mapping[str, str]) -> str:
        """Send a form of the page at ``page``; return the path that the browser is sent to."""
        return await self._sent(await self.page(page), path, fields)

    async def answered(self, page: str, path: str, fields: Mapping[str, str]) -> str:
        """Send a form of the page at ``page`` that is answered with a page; return its HTML."""
        ticket = _TICKET.search(await self.page(page))
        form = {**fields, "ticket": ticket[1] if ticket else ""}
        return _checked(path, await self._web.post(path, data=form)).text

    async def see(self, path: str) -> int:
        """Return the status of a page."""
        return (await self._web.get(path)).status_code

    # --- calls ---------------------------------------------------------------------------------

    async def join(
        self, room: Place, name: str, *, link: str = "", video: bool = False
    ) -> Inside | None:
        """Press join. None: at the door, until somebody admits; then press it again."""
        wish = {"name": name, "link": link or None, "pass": self.door_pass, "video": video}
        answer = await self.call(room, "join", wish)
        if answer.get("state") == "waiting":
            return None
        self.door_pass = answer["pass"]
        url = answer["url"]
        return Inside(
            url=self.url if url == "/" else url,
            token=answer["token"],
            identity=answer["identity"],
            door_pass=answer["pass"],
            role=answer["role"],
        )

    async def admit_all(self, room: Place) -> None:
        """Let everybody in who waits."""
        await self.call(room, "admit-all", {})

    async def call(self, room: Place, what: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Post to the JSON of a call and return the answer."""
        return await self._posted(f"/api/v1/rooms/{room.room_id}/call/{what}", body)

    async def plenum(self, room: Place, command: str, **body: object) -> dict[str, Any]:
        """Post a command of the assembly and return what is so after it."""
        return await self._posted(f"/api/v1/rooms/{room.room_id}/plenum/{command}", body)

    # --- chat ----------------------------------------------------------------------------------

    async def say(self, room: Place, text: str, key: str = "") -> int:
        """Write a message and return its number. ``key``: sent twice, it is stored once."""
        body = {"text": text, "key": key or secrets.token_urlsafe(12)}
        answer = await self._posted(f"/api/v1/rooms/{room.room_id}/messages", body)
        return int(answer["id"])

    async def read(self, room: Place) -> list[dict[str, Any]]:
        """Return all messages of the room that may be read, oldest first."""
        path, lines = f"/api/v1/rooms/{room.room_id}/messages", list[dict[str, Any]]()
        query = ""
        while True:
            part = (await self._got(path + query)).json()
            page = sorted(part["messages"], key=lambda line: int(line["id"]))
            lines = page + lines
            if not part["more"] or not page:
                return lines
            query = f"?before={page[0]['id']}"

    # --- HTTP ----------------------------------------------------------------------------------

    async def page(self, path: str) -> str:
        """Return the HTML of a page."""
        return (await self._got(path)).text

    async def _got(self, path: str) -> httpx.Response:
        return _checked(path, await self._web.get(path))

    async def _posted(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer: dict[str, Any] = _checked(path, await self._web.post(path, json=body)).json()
        return answer

    async def _sent(self, page: str, path: str, fields: Mapping[str, str]) -> str:
        """Send the form of ``page``; return the path that the browser is sent to."""
        ticket = _TICKET.search(page)
        form = {**fields, "ticket": ticket[1] if ticket else ""}
        answer = await self._web.post(path, data=form)
        if answer.status_code != 303:
            raise Refused(path, answer.status_code, "the form came back")
        return answer.headers["location"]


def text_of(line: Mapping[str, Any]) -> str:
    """Return a message of ``Visitor.read`` as it was written."""
    return "".join(piece["text"] for piece in line["pieces"])


def solve(challenge: Mapping[str, Any]) -> str:
    """Do the work that a browser does, and return the answer as the form wants it."""
    salt, wanted = str(challenge["salt"]).encode(), challenge["challenge"]
    for number in range(int(challenge["maxnumber"]) + 1):
        if hashlib.sha256(salt + str(number).encode()).hexdigest() == wanted:
            names = ("algorithm", "challenge", "salt", "signature")
            answer = {**{name: challenge[name] for name in names}, "number": number}
            return base64.b64encode(json.dumps(answer).encode()).decode()
    raise Refused("/api/v1/challenge", 200, "cannot be solved")


def _checked(path: str, answer: httpx.Response) -> httpx.Response:
    if answer.status_code >= 300:
        kind = answer.headers.get("content-type", "")
        error = answer.json().get("error", "") if "json" in kind else ""
        raise Refused(path.partition("?")[0], answer.status_code, str(error))
    return answer
