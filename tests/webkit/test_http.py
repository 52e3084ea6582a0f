import json
from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from allmende.core.errors import InvalidInput
from allmende.transports.gate import ALLOW
from allmende.webkit.http import ALLOW_BODY, allow_body, require_plain
from tests.webkit.house import Browser, Build

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

BROKEN = [
    (b"", ""),
    (b'{"text":', ""),
    (b'{"text":"a"} x', ""),
    (b'{"text":"\xff"}', ""),
    (b'{"text":"a\x00"}', ""),
    (b'{"text":"\\ud800"}', ""),
    (b'{"text":"a","text":"b"}', ""),
    (b'{"text":"\\u0000"}', "text"),
    (b'{"text":1}', "text"),
    (b'{"text":"a","n":"1"}', "n"),
    (b'{"text":"a","n":9223372036854775808}', "n"),
    (b'{"text":"a","tags":["b",2]}', "tags[1]"),
    (b'{"text":"a","tags":["b","\\u0000"]}', "tags[1]"),
    (b'{"text":"a","more":1}', ""),
    (b"{}", ""),
    (b"[]", ""),
    (b'{"text":' + b"[" * 200 + b"]" * 200 + b"}", "text"),
]


@pytest.mark.parametrize(("body", "field"), BROKEN)
def test_a_body_that_does_not_fit_is_refused_with_the_path(
    house: Build, body: bytes, field: str
) -> None:
    answer = house().client().post("/api/v1/notes", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json() == {"error": "web.invalid-body", "values": {"field": field}}


def test_a_route_lifts_the_limit_of_the_house_where_there_is_one() -> None:
    allowed: list[int] = []
    scope = {"type": "http", "headers": []}
    allow_body(Request(scope), 5)
    allow_body(Request({**scope, "extensions": {ALLOW_BODY: allowed.append}}), 7)
    assert allowed == [7]
    assert ALLOW_BODY == ALLOW


def test_json_nested_100_000_deep_is_refused() -> None:
    deep = b'{"a":' * 100_000
    with pytest.raises((msgspec.DecodeError, RecursionError)):
        msgspec.json.decode(deep)
    value: object = "leaf"
    for _ in range(5_000):
        value = [value]
    with pytest.raises(InvalidInput):
        require_plain(value)


def test_a_body_that_fits_is_read(house: Build) -> None:
    note = {"text": "hallo ö 🌱", "n": 3, "tags": ["a"]}
    answer = house().client().post("/api/v1/notes", json=note)
    assert (answer.status_code, answer.json()) == (201, note)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("path", "headers"), [("/api/v1/notes", JSON), ("/send", FORM)])
def test_a_body_over_the_limit_is_refused_before_it_is_kept(
    house: Build, path: str, headers: dict[str, str]
) -> None:
    client = house().client()
    announced = client.post(path, content=b"x" * 501, headers=headers)

    async def slices() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"x" * 100

    counted = client.post(path, content=slices(), headers=headers)
    assert announced.status_code == counted.status_code == 413


def test_a_body_of_another_type_is_refused(house: Build) -> None:
    client = house().client()
    for path in ("/api/v1/notes", "/send"):
        answer = client.post(path, content=b'{"text":"a"}', headers={"Content-Type": "text/plain"})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("room", "status"),
    [
        ("0", 200),
        ("9223372036854775807", 200),
        ("9223372036854775808", 404),
        ("9" * 30, 404),
        ("9" * 300, 404),
        ("01", 404),
        ("-1", 404),
        ("\u0661", 404),
    ],
)
def test_an_id_that_was_never_given_is_not_found(house: Build, room: str, status: int) -> None:
    answer = house().client().get(f"/api/v1/rooms/{room}")
    assert answer.status_code == status
    assert answer.json() == (
        int(room) if status == 200 else {"error": "web.not-found", "values": {}}
    )


def test_a_page_for_accounts_says_so_to_strangers(house: Build) -> None:
    built = house()
    assert built.client().get("/api/v1/mine").json() == {
        "error": "web.not-signed-in",
        "values": {},
    }
    page = built.client(**{"Accept-Language": "en"}).get("/mine")
    assert page.status_code == 401
    assert "You need an account for this." in page.text
    assert 'href="/signin"' in page.text
    mara = built.client()
    mara.sign_in()
    assert mara.get("/mine").text == "7"


def ticket_of(client: Browser) -> str:
    """Load a page with a form, as a browser does before it sends one."""
    client.sign_in()
    page = client.get("/-/patterns").text
    return page.split('name="ticket" value="')[1].split('"')[0]


def test_a_form_is_read_into_its_type(house: Build) -> None:
    client = house().client()
    form = {"ticket": ticket_of(client), "text": "a b", "n": "5", "tags": ["x", "y"]}
    answer = client.post("/send", data=form)
    assert answer.json() == {"text": "a b", "n": 5, "tags": ["x", "y"]}


@pytest.mark.parametrize(
    "more",
    ["&more=1", "&text=b", "&text=%FF", "&text", "&text=%00", "&n=x", "&=1", "&a=1" * 201],
)
def test_a_form_that_does_not_fit_is_refused(house: Build, more: str) -> None:
    client = house().client()
    first = "" if more == "&text=%00" else "&text=a"
    body = f"ticket={ticket_of(client)}{first}{more}"
    assert client.post("/send", content=body, headers=FORM).status_code in (400, 413)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error(data: bytes) -> None:
    try:
        value = msgspec.json.decode(data)
        require_plain(value)
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidInput):
        return
    assert json.loads(msgspec.json.encode(value)) == value
