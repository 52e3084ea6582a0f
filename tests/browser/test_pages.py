"""Every page of the route table: axe, CSP, console and width, in both languages and themes."""

import asyncio
import re
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
from bench.visitor import Place, Visitor
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs()]

NO_PAGES = {
    "/static/{name}", "/health.json", "/authority.pem",
    "/api/v1/live", "/api/v1/challenge", "/api/v1/rooms/{room_id:id}/messages",
    "/api/v1/rooms/{room_id:id}/call/waiting", "/api/v1/rooms/{room_id:id}/call",
    "/api/v1/rooms/{room_id:id}/plenum", "/api/v1/groups", "/api/v1/groups/{slug}",
    "/rtc", "/rtc/validate", "/rtc/v1/validate", "/api/v1/me",
    *(f"{base}/{what}" for base in ("/p/{name}", "/p/{group}/{name}", "/r/{slug}/pads/{name}")
      for what in ("state", "export/{form}")),
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
    "/rules": (Page("/rules"),),
    "/gone": (Page("/gone"),),
    "/leaving/{token}": (Page("/leaving/nothing", status=404),),
    "/privacy": (Page("/privacy"),),
    "/guide": (Page("/guide"),),
    "/guide/{topic}": (
        Page("/guide/guests"), Page("/guide/facilitators"), Page("/guide/listeners"),
        Page("/guide/nothing", status=404),
    ),
    "/signin": (Page("/signin"),),
    "/signin/passkey": (Page("/signin/passkey"),),
    "/signin/step": (Page("/signin/step"),),
    "/signin/{token}": (Page("/signin/{reset}"), Page("/signin/nothing", status=404)),
    "/recover": (Page("/recover"),),
    "/recover/{token}": (Page("/recover/nothing", status=404),),
    "/me": (Page("/me", "member"),),
    "/me/password": (Page("/me/password", "member"),),
    "/.well-known/change-password": (Page("/.well-known/change-password", "member"),),
    "/me/confirm": (Page("/me/confirm?page=/me", "member"),),
    "/me/passkeys": (Page("/me/passkeys", "member"),),
    "/me/passkeys/new": (Page("/me/passkeys/new", "member"),),
    "/me/second-step": (Page("/me/second-step", "member"),),
    "/me/kit": (Page("/me/kit", "member"),),
    "/me/recovery": (Page("/me/recovery", "member"),),
    "/me/devices": (Page("/me/devices", "member"),),
    "/me/keys": (Page("/me/keys", "member"),),
    "/me/leave": (Page("/me/leave", "member"),),
    "/me/export": (Page("/me/export", "member"),),
    "/i/{code}": (Page("/i/{code}"), Page("/i/{code}", "member"), Page("/i/none", status=404)),
    "/signup": (Page("/signup"),),
    "/requests": (Page("/requests"),),
    "/requests/{token}": (Page("/requests/nothing", status=404),),
    "/vouch/{token}": (Page("/vouch/nothing", "member", 404),),
    "/me/invites": (Page("/me/invites", "member"),),
    "/me/invites/{code}": (Page("/me/invites/nothing", "member", 404),),
    "/queue": (Page("/queue", "member"),),
    "/op/registration": (Page("/op/registration", "member"),),
    "/op": (Page("/op", status=401), Page("/op", "member")),
    "/op/certificate": (Page("/op/certificate", "member"),),
    "/op/backups": (Page("/op/backups", "member"),),
    "/check": (Page("/check", "member"),),
    "/op/accounts": (Page("/op/accounts", "member"),),
    "/groups": (Page("/groups", "member"),),
    "/g/{slug}": (Page("/g/{group}", "member"), Page("/g/{group}", status=404)),
    "/g/{slug}/export": (Page("/g/{group}/export", "member"),),
    "/g/{slug}/settings": (Page("/g/{group}/settings", "member"),),
    "/left/{token}": (Page("/left/nothing", "member", 404),),
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
    "/r/{slug}/plenum": (
        Page("/r/{room}/plenum", "member"), Page("/r/{room}/plenum?edit=1", "member"),
        Page("/r/{held}/plenum", "member"), Page("/r/{held}/plenum?edit=1", "member"),
        Page("/r/{over}/plenum", "member"), Page("/r/{open}/plenum"),
        Page("/r/nothing/plenum", status=404),
    ),
    "/r/{slug}/plenum/over": (
        Page("/r/{over}/plenum/over", "member"), Page("/r/{open}/plenum/over"),
        Page("/r/{held}/plenum/over?why=removed", "member"),
    ),
    "/p": (Page("/p"),),
    "/p/deleted": (Page("/p/deleted"),),
    "/p/{name}/made": (Page("{pad}/made?a={pad_admin}"), Page("{pad}/made", status=404)),
    "/p/{name}": (
        Page("{pad}"), Page("{pad}?view=text"), Page("{pad}?view=follow"), Page("/p/e.{pad_edit}"),
        Page("/p/r.{pad_read}"), Page("/p/a.{pad_admin}"), Page("/p/nothing", status=404),
    ),
    "/p/{name}/history": (Page("{pad}/history"), Page("/p/r.{pad_read}/history", status=403)),
    "/p/{name}/history/{state_id:id}": (Page("{pad}/history/99999", status=404),),
    "/p/{name}/settings": (Page("/p/a.{pad_admin}/settings"), Page("{pad}/settings", status=403)),
    "/p/{group}/{name}": (
        Page("/p/{group}/Plan", "member"), Page("/p/{group}/Code", "member"),
        Page("/p/{group}/Plan", status=404),
    ),
    "/p/{group}/{name}/history": (Page("/p/{group}/Plan/history", "member"),),
    "/p/{group}/{name}/history/{state_id:id}": (
        Page("/p/{group}/Plan/history/{state}", "member"),
    ),
    "/p/{group}/{name}/settings": (Page("/p/{group}/Plan/settings", "member"),),
    "/r/{slug}/pads": (Page("/r/{room}/pads", "member"), Page("/r/{open}/pads", status=403)),
    "/r/{slug}/pads/{name}": (Page("/r/{room}/pads/Plan", "member"),),
    "/r/{slug}/pads/{name}/history": (Page("/r/{room}/pads/Plan/history", "member"),),
    "/r/{slug}/pads/{name}/history/{state_id:id}": (
        Page("/r/{room}/pads/Plan/history/99999", "member", 404),
    ),
    "/r/{slug}/pads/{name}/settings": (Page("/r/{room}/pads/Plan/settings", "member"),),
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
        pads = await write_pads(mara, group, room.slug)
        held, over = await mara.make_room(group, "Garten"), await mara.make_room(group, "Laden")
        for place in (held, over):
            await hold(mara, place)
        await mara.plenum(over, "close")
    return {
        "held": held.slug,
        "over": over.slug,
        "group": group,
        "room": room.slug,
        "code": invited.rpartition("/")[2],
        "link": links[0].partition("g=")[2],
        "listen": links[1].partition("g=")[2],
        "open": opened.slug,
        "token": opened.link,
        **pads,
    }


async def write_pads(mara: Visitor, group: str, room: str) -> Mapping[str, str]:
    """Make pads in a group, in a room and at a random address; return what names them."""
    for name, kind in (("Plan", "rich"), ("Code", "text")):
        await mara.sent(f"/g/{group}", f"/p/{group}", {"name": name, "kind": kind})
        path = f"/p/{group}/{name}"
        await mara.sent(path, f"{path}/append", {"text": f"# {name}\n\nhallo"})
    plan, in_room = f"/p/{group}/Plan", f"/r/{room}/pads"
    await mara.sent(f"{plan}/history", f"{plan}/revisions", {"name": "nach dem Plenum"})
    state = re.search(r"/history/(\d+)\"", await mara.page(f"{plan}/history"))
    await mara.sent(in_room, in_room, {"name": "Plan"})
    where, _, admin = (await mara.sent("/p", "/p", {"title": "Camp"})).partition("/made?a=")
    settings = await mara.page(f"/p/a.{admin}/settings")
    links = dict(re.findall(r"/p/([re])\.([\w-]{22})", settings))
    return {
        "pad": where,
        "pad_admin": admin,
        "pad_read": links["r"],
        "pad_edit": links["e"],
        "state": "" if state is None else state[1],
    }


AGENDA = "1. Runde (15 min, Info, Ana)\n   Notiz\n2. Umzug (30 min)\n3. Fest (5 min)"


async def hold(facilitation: Visitor, place: Place) -> None:
    """Let an assembly run with an item of each state."""
    await facilitation.plenum(place, "open", title="Plenum", agenda=AGENDA)
    await facilitation.plenum(place, "start")
    await facilitation.plenum(place, "park", item=3)
    await facilitation.plenum(place, "next")
    await facilitation.plenum(place, "next")


def reset_link(server: Served) -> str:
    """Return the token of a sign-in link, as the operator gives it."""
    command = [sys.executable, "-m", "allmende", "account", "recover", "mara"]
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
