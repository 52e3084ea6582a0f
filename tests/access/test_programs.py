"""Every route of the house, asked by programs: open where it says so, shut everywhere else."""

import re
from base64 import b64encode
from dataclasses import dataclass

import pytest
from starlette.routing import Route

from allmende.core.accounts import Scope
from allmende.webkit.programs import ProgramRoute, ProgramSocket
from tests.access.town import Answer, Browser
from tests.access.world import World

pytestmark = pytest.mark.slow

SECRET = re.compile(r'id="key-secret" value="([0-9a-z]{26})"')
PLACE = re.compile(r"\{(\w+)(:\w+)?\}")
OPEN = {
    "GET /api/v1/me": None,
    "GET /api/v1/live": Scope.CHAT_READ,
    "GET /api/v1/rooms/{room_id:id}/messages": Scope.CHAT_READ,
    "POST /api/v1/rooms/{room_id:id}/messages": Scope.CHAT,
    "POST /api/v1/rooms/{room_id:id}/messages/{message_id:id}/retract": Scope.CHAT,
    "GET /api/v1/rooms/{room_id:id}/plenum": Scope.CHAT_READ,
    **{
        f"{method} {base}/{path}": Scope.PADS_READ
        for base in ("/p/{name}", "/p/{group}/{name}", "/r/{slug}/pads/{name}")
        for method, path in (("POST", "session"), ("GET", "state"), ("GET", "export/{form}"))
    },
    "WS /p/ws/live": Scope.PADS_READ,
}
"""What programs may ask, and with which scope at least. None: with any."""

SHUT = "web.not-for-programs"


@dataclass(frozen=True)
class Program:
    """A program of mel, a member of group one."""

    world: World
    secret: str

    def ask(self, scheme: str, method: str, path: str) -> Answer:
        """Without a cookie, as a program comes."""
        basic = b64encode(f"mel:{self.secret}".encode())
        headers = [(b"authorization", b"Basic " + basic), (b"content-type", b"application/json")]
        browser = Browser(self.world.town)
        room = self.world.group_room
        values = {"room_id": room.room_id, "slug": room.slug, "group": self.world.one}
        target = PLACE.sub(lambda found: str(values.get(found[1], 1)), path)
        if path == "/api/v1/live":
            target += f"?room={room.room_id}"
        return browser.raw(scheme, method, target, b"{}", headers)


@pytest.fixture(scope="module")
def programs(world: World) -> dict[Scope, Program]:
    """One for each scope that is offered."""
    mel, found = world.again("mel"), {}
    for purpose, reads, scope in (
        ("chat", "", Scope.CHAT),
        ("chat", "on", Scope.CHAT_READ),
        ("pads", "", Scope.PADS),
        ("pads", "on", Scope.PADS_READ),
    ):
        page = mel.form("/me/keys", purpose=purpose, reads=reads).text
        secret = SECRET.search(page)
        assert secret is not None
        found[scope] = Program(world, secret[1])
    return found


def routes(world: World) -> dict[str, object]:
    found: dict[str, object] = {}
    for route in world.town.app.routes:
        if isinstance(route, Route):
            found |= {f"{method} {route.path}": route for method in route.methods or ()}
        else:
            found[f"WS {getattr(route, 'path', '')}"] = route
    return {key: route for key, route in found.items() if not key.startswith("HEAD ")}


def test_the_open_routes_are_those_of_the_table(world: World) -> None:
    found = {
        key: route.opened_by
        for key, route in routes(world).items()
        if isinstance(route, ProgramRoute | ProgramSocket)
    }
    assert found == OPEN


@pytest.mark.parametrize("scope", [Scope.CHAT, Scope.CHAT_READ, Scope.PADS, Scope.PADS_READ])
def test_each_scope_opens_what_it_names_and_nothing_else(
    world: World, programs: dict[Scope, Program], scope: Scope
) -> None:
    opens = {
        Scope.CHAT: {None, Scope.CHAT, Scope.CHAT_READ},
        Scope.PADS: {None, Scope.PADS, Scope.PADS_READ},
    }.get(scope, {None, scope})
    for key in OPEN:
        method, path = key.split(" ")
        scheme, method = ("websocket", "GET") if method == "WS" else ("http", method)
        answer = programs[scope].ask(scheme, method, path)
        refused = answer.status == 403 and answer.json()["error"] == (
            "identity.app-password-not-for-this"
        )
        assert refused == (OPEN[key] not in opens), (key, scope, answer.status)
        assert answer.status != 401, key


def test_everything_else_is_shut(world: World, programs: dict[Scope, Program]) -> None:
    """But for built files and icons, which nobody is asked for."""
    for key in routes(world):
        method, path = key.split(" ")
        if key in OPEN or path.startswith("/static/"):
            continue
        scheme, method = ("websocket", "GET") if method == "WS" else ("http", method)
        answer = programs[Scope.CHAT].ask(scheme, method, path)
        assert (answer.status, answer.json()["error"]) == (403, SHUT), key
    assert world.town.lives
