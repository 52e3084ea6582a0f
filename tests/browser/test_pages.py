"""Every page of the route table: axe, CSP, console and width, in both languages and themes."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import pytest
from starlette.routing import Route

from allmende.app import house
from allmende.config import Config
from allmende.core.clock import SystemClock
from allmende.systems.desk.web.guide import TOPICS
from bench.served import served
from tests.browser.furnishing import furnish
from tests.browser.stories import SETTINGS, Tell, needs

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs("oathtool")]

NO_PAGES = {
    "/static/{name}", "/health.json", "/authority.pem", "/files/{token}/{name}", "/status.json",
    "/.well-known/host-meta", "/.well-known/host-meta.json",
    "/api/v1/live", "/api/v1/challenge", "/api/v1/rooms/{room_id:id}/messages",
    "/api/v1/rooms/{room_id:id}/call/waiting", "/api/v1/rooms/{room_id:id}/call",
    "/api/v1/rooms/{room_id:id}/plenum", "/api/v1/groups", "/api/v1/groups/{slug}",
    "/rtc", "/rtc/validate", "/rtc/v1/validate", "/api/v1/me",
    "/api/v1/me/notices", "/.well-known/security.txt",
    *(f"{base}/{what}" for base in ("/p/{name}", "/p/{group}/{name}", "/r/{slug}/pads/{name}")
      for what in ("state", "export/{form}")),
}  # fmt: skip
"""What answers GET with something else than a page."""


@dataclass(frozen=True)
class Page:
    """An example of a route: filled in, seen by whom, and with which status.

    Mara runs the server, Kim is a member. ``lands``: where the browser is sent instead.
    ``press``: the text on a button whose answer is looked at too.
    """

    path: str
    who: str = "stranger"
    status: int = 200
    lands: str = ""
    press: str = ""


EXAMPLES: Mapping[str, tuple[Page, ...]] = {
    "/": (Page("/"), Page("/", "mara"), Page("/", "kim")),
    "/-/patterns": (Page("/-/patterns"),),
    "/start": (Page("/start", lands="/"),),
    "/find": (Page("/find", lands="/"),),
    "/imprint": (Page("/imprint"),),
    "/rules": (Page("/rules"),),
    "/gone": (Page("/gone"),),
    "/leaving/{token}": (
        Page("/leaving/{leaving}"), Page("/leaving/nothing", status=404),
    ),
    "/privacy": (Page("/privacy"),),
    "/guide": (Page("/guide"),),
    "/guide/{topic}": (
        *(Page(f"/guide/{topic}") for topic in TOPICS),
        Page("/guide/nothing", status=404),
    ),
    "/signin": (Page("/signin"),),
    "/signin/passkey": (Page("/signin/passkey", lands="/signin"),),
    "/signin/step": (Page("/signin/step", lands="/signin"),),
    "/signin/{token}": (Page("/signin/{reset}"), Page("/signin/nothing", status=404)),
    "/recover": (Page("/recover"),),
    "/recover/{token}": (
        Page("/recover/{waits}"), Page("/recover/nothing", status=404),
    ),
    "/me": (Page("/me", status=401), Page("/me", "mara"), Page("/me", "kim")),
    "/me/password": (Page("/me/password", "mara", lands="/me"),),
    "/.well-known/change-password": (
        Page("/.well-known/change-password", "mara", lands="/me"),
    ),
    "/me/confirm": (Page("/me/confirm?page=/me", "mara"),),
    "/me/passkeys": (Page("/me/passkeys", "mara", lands="/me"),),
    "/me/passkeys/new": (Page("/me/passkeys/new", "mara"),),
    "/me/second-step": (
        Page("/me/second-step", "lou"), Page("/me/second-step", "kim"),
        Page("/me/second-step", "kim", press="desk.new-codes"),
    ),
    "/me/kit": (
        Page("/me/kit", "mara"), Page("/me/kit", "mara", press="desk.kit-make"),
    ),
    "/me/recovery": (Page("/me/recovery", "mara"), Page("/me/recovery", "kim")),
    "/me/devices": (Page("/me/devices", "mara"),),
    "/me/keys": (
        Page("/me/keys", "lou"), Page("/me/keys", "mara"),
        Page("/me/keys", "mara", press="desk.key-for-chat"),
        Page("/me/keys", "mara", press="desk.key-for-voice"),
    ),
    "/me/certificates/new": (
        Page("/me/certificates/new", "mara"),
        Page("/me/certificates/new", "mara", press="desk.pair-make"),
    ),
    "/me/notices": (Page("/me/notices", "mara"), Page("/me/notices", "kim")),
    "/me/leave": (Page("/me/leave", "mara"), Page("/me/leave", "kim")),
    "/me/export": (Page("/me/export", "mara"),),
    "/i/{code}": (Page("/i/{code}"), Page("/i/{code}", "mara"), Page("/i/none", status=404)),
    "/signup": (Page("/signup"),),
    "/requests": (Page("/requests"),),
    "/requests/{token}": (
        Page("/requests/{asked}"), Page("/requests/nothing", status=404),
    ),
    "/vouch/{token}": (
        Page("/vouch/{vouch}", "mara"), Page("/vouch/nothing", "mara", 404),
    ),
    "/me/invites": (Page("/me/invites", "mara"), Page("/me/invites", "kim")),
    "/me/invites/{code}": (
        Page("/me/invites/{own_code}", "mara"), Page("/me/invites/nothing", "mara", 404),
    ),
    "/queue": (Page("/queue", "mara"), Page("/queue", "kim", 403)),
    "/op/registration": (Page("/op/registration", "mara"),),
    "/op": (Page("/op", status=401), Page("/op", "mara"), Page("/op", "kim", 403)),
    "/op/certificate": (Page("/op/certificate", "mara"),),
    "/op/backups": (Page("/op/backups", "mara"),),
    "/op/servers": (Page("/op/servers", "mara"),),
    "/check": (Page("/check", "mara"), Page("/check", "mara", press="desk.check-again")),
    "/op/accounts": (Page("/op/accounts", "mara"),),
    "/op/handouts": (Page("/op/handouts", "mara"), Page("/op/handouts", "kim", 403)),
    "/groups": (Page("/groups", "mara"),),
    "/g/{slug}": (
        Page("/g/{group}", "mara"), Page("/g/{group}", "kim"), Page("/g/{group}", status=404),
    ),
    "/g/{slug}/export": (Page("/g/{group}/export", "mara"),),
    "/g/{slug}/settings": (Page("/g/{group}/settings", "mara"),),
    "/left/{token}": (Page("/left/nothing", "mara", 404),),
    "/g/{slug}/invites/{code}": (Page("/g/{group}/invites/{code}", "mara"),),
    "/r/{slug}": (
        Page("/r/{open}", lands="/r/{open}/call"),
        Page("/r/{room}", "mara", lands="/r/{room}/call"),
    ),
    "/r/{slug}/started": (Page("/r/{open}/started?g={token}"),),
    "/r/{slug}/settings": (Page("/r/{room}/settings", "mara"),),
    "/r/{slug}/link": (Page("/r/{room}/link?g={link}", "mara"),),
    "/r/{slug}/chat": (Page("/r/{room}/chat", "mara"), Page("/r/{open}/chat", status=403)),
    "/r/{slug}/call": (
        Page("/r/{open}/call"), Page("/r/{room}/call", "mara"),
        Page("/r/{room}/call?g={listen}"), Page("/r/nothing/call", status=404),
    ),
    "/r/{slug}/voice": (
        Page("/r/{open}/voice"), Page("/r/{room}/voice", "mara"),
        Page("/r/{room}/voice?g={listen}"), Page("/r/nothing/voice", status=404),
    ),
    "/r/{slug}/voice/settings": (Page("/r/{room}/voice/settings", "mara"),),
    "/r/{slug}/plenum": (
        Page("/r/{room}/plenum", "mara"), Page("/r/{room}/plenum?edit=1", "mara"),
        Page("/r/{held}/plenum", "mara"), Page("/r/{held}/plenum?edit=1", "mara"),
        Page("/r/{over}/plenum", "mara"), Page("/r/{open}/plenum"),
        Page("/r/nothing/plenum", status=404),
    ),
    "/r/{slug}/plenum/over": (
        Page("/r/{over}/plenum/over", "mara"), Page("/r/{open}/plenum/over"),
        Page("/r/{held}/plenum/over?why=removed", "mara"),
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
        Page("/p/{group}/Plan", "mara"), Page("/p/{group}/Code", "mara"),
        Page("/p/{group}/Plan", status=404),
    ),
    "/p/{group}/{name}/history": (Page("/p/{group}/Plan/history", "mara"),),
    "/p/{group}/{name}/history/{state_id:id}": (
        Page("/p/{group}/Plan/history/{state}", "mara"),
    ),
    "/p/{group}/{name}/settings": (Page("/p/{group}/Plan/settings", "mara"),),
    "/r/{slug}/pads": (Page("/r/{room}/pads", "mara"), Page("/r/{open}/pads", status=403)),
    "/r/{slug}/pads/{name}": (Page("/r/{room}/pads/Plan", "mara"),),
    "/r/{slug}/pads/{name}/history": (Page("/r/{room}/pads/Plan/history", "mara"),),
    "/r/{slug}/pads/{name}/history/{state_id:id}": (
        Page("/r/{room}/pads/Plan/history/99999", "mara", 404),
    ),
    "/r/{slug}/pads/{name}/settings": (Page("/r/{room}/pads/Plan/settings", "mara"),),
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
            "voice": {"port": 0},
        }
        async with house(msgspec.convert(settings, Config), SystemClock()) as open_house:
            routes = [one for one in open_house.app.routes if isinstance(one, Route)]
            return {one.path for one in routes if "GET" in (one.methods or ())}

    found = asyncio.run(paths())
    assert found - set(EXAMPLES) - NO_PAGES == set(), "a new page needs an example here"
    assert (set(EXAMPLES) | NO_PAGES) - found == set(), "an example of a page that is gone"


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_no_page_has_a_fault_in_any_language_theme_or_width(
    tmp_path: Path, tell: Tell, whole: bool
) -> None:
    """Each pair of language, theme and width is seen; ``whole``: all three together."""
    with served(tmp_path, settings=SETTINGS) as server:
        furnished = asyncio.run(furnish(server))
        values = furnished.values
        pages = [
            {
                **asdict(page),
                "path": page.path.format_map(values),
                "lands": page.lands.format_map(values),
            }
            for examples in EXAMPLES.values()
            for page in examples
        ]
        address = f"{server.url}/r/{values['open']}/call"
        facts = {
            "url": server.url,
            "whole": whole,
            "cookies": furnished.cookies,
            "pages": pages,
            "room": values["open"],
            "guests": address,
            "facilitators": f"{address}?g={values['token']}",
        }
        tell("pages.mjs", facts, 900)
