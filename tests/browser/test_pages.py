"""Every page of the route table: axe, CSP, console and width, in both languages and themes."""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from starlette.routing import Route

from allmende.app import house
from allmende.config import Config
from allmende.core.clock import SystemClock
from bench.served import Served, served
from bench.visitor import Visitor
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]

NO_PAGES = {
    "/static/{name}", "/health.json", "/authority.pem",
    "/api/v1/live", "/api/v1/challenge", "/api/v1/rooms/{room_id:id}/messages",
    "/api/v1/rooms/{room_id:id}/call/waiting", "/api/v1/rooms/{room_id:id}/call",
    "/rtc", "/rtc/validate", "/rtc/v1/validate",
}  # fmt: skip
"""What answers GET with something else than a page."""


@dataclass(frozen=True)
class Page:
    """An example of a route: filled in, seen by whom, and with which status."""

    path: str
    who: str = "stranger"
    status: int = 200


EXAMPLES: Mapping[str, tuple[Page, ...]] = {
    "/": (Page("/"), Page("/", "member")),
    "/-/patterns": (Page("/-/patterns"),),
    "/start": (Page("/start"),),
    "/find": (Page("/find"),),
    "/imprint": (Page("/imprint"),),
    "/privacy": (Page("/privacy"),),
    "/signin": (Page("/signin"),),
    "/signin/{token}": (Page("/signin/{reset}"), Page("/signin/nothing", status=404)),
    "/me": (Page("/me", "member"),),
    "/i/{code}": (Page("/i/{code}"), Page("/i/{code}", "member"), Page("/i/none", status=404)),
    "/groups": (Page("/groups", "member"),),
    "/g/{slug}": (Page("/g/{group}", "member"), Page("/g/{group}", status=404)),
    "/g/{slug}/invites/{code}": (Page("/g/{group}/invites/{code}", "member"),),
    "/r/{slug}": (Page("/r/{open}"), Page("/r/{room}", "member")),
    "/r/{slug}/started": (Page("/r/{open}/started?g={token}"),),
    "/r/{slug}/settings": (Page("/r/{room}/settings", "member"),),
    "/r/{slug}/link": (Page("/r/{room}/link?g={link}", "member"),),
    "/r/{slug}/chat": (Page("/r/{room}/chat", "member"), Page("/r/{open}/chat", status=403)),
    "/r/{slug}/call": (
        Page("/r/{open}/call"), Page("/r/{room}/call", "member"),
        Page("/r/{room}/call?g={listen}"), Page("/r/nothing/call", status=404),
    ),
    "/r/{slug}/left": (
        Page("/r/{open}/left"), Page("/r/{open}/left?why=removed"), Page("/r/{open}/left?why=lost"),
    ),
}  # fmt: skip


def test_every_route_with_a_page_has_an_example(tmp_path: Path) -> None:
    async def paths() -> set[str]:
        settings = {
            "data": str(tmp_path),
            "web": {"port": 0},
            "media": {"workers": 0, "udp_port": 0, "tcp_port": 0, "packets_per_second": 1000},
        }
        async with house(msgspec.convert(settings, Config), SystemClock()) as open_house:
            routes = [one for one in open_house.app.routes if isinstance(one, Route)]
            return {one.path for one in routes if "GET" in (one.methods or ())}

    found = asyncio.run(paths())
    assert found - set(EXAMPLES) - NO_PAGES == set(), "a new page needs an example here"
    assert (set(EXAMPLES) | NO_PAGES) - found == set(), "an example of a page that is gone"


async def furnish(server: Served, password: str) -> Mapping[str, str]:
    """Make one of everything that a page can show; return what fills the examples in."""
    async with Visitor(server.url) as mara, Visitor(server.url) as founder:
        await mara.accept_invite(server.invite, "mara", password)
        group = await mara.make_group("Wohnprojekt")
        room = await mara.make_room(group, "Küche")
        invited = await mara.sent(
            f"/g/{group}", f"/g/{group}/invites", {"role": "member", "uses": "3", "days": "7"}
        )
        links = [
            await mara.sent(
                f"/r/{room.slug}/settings",
                f"/r/{room.slug}/links",
                {"right": right, "label": right},
            )
            for right in ("speak", "listen")
        ]
        opened = await founder.start_room("Plenum")
    return {
        "group": group,
        "room": room.slug,
        "code": invited.rpartition("/")[2],
        "link": links[0].partition("g=")[2],
        "listen": links[1].partition("g=")[2],
        "open": opened.slug,
        "token": opened.link,
    }


def reset_link(server: Served) -> str:
    """Return the token of a sign-in link, as the operator gives it."""
    command = [sys.executable, "-m", "allmende", "account", "reset", "mara"]
    done = subprocess.run(
        [*command, "--data", str(server.data)], capture_output=True, text=True, check=True
    )
    return done.stdout.split("/signin/")[1].split()[0]


def test_no_page_has_a_fault_in_any_language_theme_or_width(tmp_path: Path, tell: Tell) -> None:
    password = secrets.token_urlsafe(16)
    with served(tmp_path, settings=SETTINGS) as server:
        values = {
            **asyncio.run(furnish(server, password)),
            "reset": reset_link(server),
        }
        pages = [
            {"path": page.path.format_map(values), "who": page.who, "status": page.status}
            for examples in EXAMPLES.values()
            for page in examples
        ]
        address = f"{server.url}/r/{values['open']}/call"
        facts = {
            "url": server.url,
            "account": {"name": "mara", "password": password},
            "pages": pages,
            "room": values["open"],
            "guests": address,
            "facilitators": f"{address}?g={values['token']}",
        }
        tell("pages.mjs", facts, 900)
