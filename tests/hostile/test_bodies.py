"""Bodies, paths and queries that no honest client sends, to every route of the house."""

import json

import pytest
from starlette.routing import Route

from tests.access.town import FORM, Answer, Browser
from tests.access.world import World

pytestmark = pytest.mark.slow

DEEP = 100_000
JSON = "application/json"
BODIES = {
    "nothing": b"",
    "deep lists": b"[" * DEEP,
    "deep closed lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "not utf-8": b'{"name": "\xff\xfe"}',
    "NUL": b'{"name": "a\\u0000b"}',
    "half a surrogate": b'{"name": "\\ud800"}',
    "unknown field": b'{"nobody-knows": 1}',
    "repeated field": b'{"name": "a", "name": "b"}',
    "not an object": b'"name"',
    "a number": b"1e999",
    "many digits": b'{"name": ' + b"9" * 5000 + b"}",
    "endless text": b'{"name": "' + b"x" * 2_000_000 + b'"}',
}
FORMS = {
    "nothing": b"",
    "not a form": b"\x00\xff\xfe=%",
    "many fields": b"&".join(b"a%d=1" % number for number in range(1000)),
    "NUL": b"name=a%00b&ticket=x",
    "half a surrogate": b"name=%ED%A0%80",
    "endless text": b"name=" + b"x" * 2_000_000,
    "twice": b"name=a&name=b",
}
PATHS = {
    "30 digits": "9" * 30,
    "a row of digits": "1" * 400,
    "2^63": str(2**63),
    "NUL": "a%00b",
    "half a surrogate": "%ED%A0%80",
    "dots": "..%2f..%2fetc",
    "long": "x" * 8000,
    "bidi": "%E2%80%AE",
    "quotes": "%27%22%3C%3E",
}
QUERIES = ("room=%00&after=%00", "g=%00", "g=%ED%A0%80", "before=" + "9" * 30, "why=%00&page=%00")
CALM = range(200, 500)
ROLES = ("stranger", "guest", "admin")


def routes(world: World) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in world.town.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    ]


def filled(path: str, value: str) -> str:
    """Every place of a path gets the same value."""
    parts = [value if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def require_calm(answer: Answer, what: object) -> None:
    """A refusal is one of ours; a bug would be 500."""
    assert answer.status in CALM, (what, answer.status, answer.text[:300])


def posted(world: World) -> list[str]:
    room, one = world.group_room, world.one
    ids = {"room_id:id": room.room_id, "message_id:id": 1, "account_id:id": 1, "link_id:id": 1}
    ids |= {"session_id:id": 1, "invite_id:id": 1, "notice_id:id": 1, "group_id:id": 1}
    ids |= {"passkey_id:id": 1, "app_password_id:id": 1, "offer_id:id": 1}
    ids |= {"request_id:id": 1, "certificate_id:id": 1, "handout_id:id": 1}
    found = []
    for method, path in routes(world):
        target = path
        for name, value in ids.items():
            target = target.replace(f"{{{name}}}", str(value))
        target = target.replace("{slug}", one if path.startswith("/g/") else room.slug)
        target = target.replace("{code}", "x").replace("{token}", "x").replace("{command}", "open")
        if method == "POST":
            found.append(target)
    return found


@pytest.mark.parametrize("kind", BODIES)
def test_no_body_of_json_is_more_than_refused(world: World, kind: str) -> None:
    for target in posted(world):
        if not target.startswith("/api/"):
            continue
        for role in ROLES:
            answer = world.who[role].ask("POST", target, BODIES[kind], JSON)
            assert answer.status in (400, 413), (role, target, answer.status)
            assert json.loads(answer.body)["error"].startswith("web.")
    assert world.town.lives


@pytest.mark.parametrize("kind", FORMS)
def test_no_form_is_more_than_refused(world: World, kind: str) -> None:
    for target in posted(world):
        if target.startswith("/api/"):
            continue
        for role in ROLES:
            answer = world.who[role].ask("POST", target, FORMS[kind], FORM)
            assert answer.status in (400, 403, 404, 413), (role, target, answer.status)
    assert world.town.lives


@pytest.mark.parametrize("kind", PATHS)
def test_what_was_never_given_as_an_address_is_not_found(world: World, kind: str) -> None:
    for method, path in routes(world):
        if "{" not in path:
            continue
        target = filled(path, PATHS[kind])
        for role in ("stranger", "admin"):
            browser = world.who[role]
            body, form = (b"{}", JSON) if path.startswith("/api/") else (b"", FORM)
            answer = browser.ask(method, target, body if method == "POST" else b"", form)
            require_calm(answer, target[:80])
            assert answer.status not in (200, 201), (role, target[:80])
    assert world.town.lives


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_breaks_a_page(world: World, query: str) -> None:
    room = world.group_room
    pages = [f"/r/{room.slug}/{name}" for name in ("call", "left", "chat", "started", "link")]
    api = f"/api/v1/rooms/{room.room_id}"
    for target in (*pages, "/", "/signin", "/api/v1/live", f"{api}/messages", f"{api}/call"):
        for role in ("stranger", "admin"):
            require_calm(world.who[role].get(f"{target}?{query}"), (target, query))
    assert world.town.lives


@pytest.mark.parametrize("name", ["allmende", "allmende-guest", "allmende-form", "lang"])
@pytest.mark.parametrize("value", ["\x80\xff", "x" * 5000, "W10=.x", "AAAA", '"', "a b;c=d"])
def test_no_cookie_breaks_a_page(world: World, name: str, value: str) -> None:
    browser = Browser(world.town, {name: value})
    for target in ("/", f"/r/{world.open_room.slug}/call", "/api/v1/rooms/1/messages"):
        require_calm(browser.get(target), target)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://house.example.evil.example"},
        {"origin": "http://[::1"},
    ],
)
def test_no_other_site_makes_a_browser_change_anything(
    world: World, headers: dict[str, str]
) -> None:
    more = [(name.encode(), value.encode()) for name, value in headers.items()]
    for target in posted(world):
        is_api = target.startswith("/api/")
        body, kind = (b"{}", JSON) if is_api else (b"name=x", FORM)
        sent = [*more, (b"content-type", kind.encode())]
        answer = world.who["admin"].raw("http", "POST", target, body, sent)
        assert answer.status == 403, (target, answer.status)


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded; x"])
def test_json_under_another_name_is_not_read(world: World, kind: str) -> None:
    """Only a page of ours, or a program, can send application/json without being asked first."""
    target = f"/api/v1/rooms/{world.group_room.room_id}/call/lock"
    answer = world.who["admin"].ask("POST", target, b'{"on": true}', kind)
    assert answer.status == 400
