"""All that a locked house serves. With a server: tests/house/test_sealed.py."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from allmende.app.kit import Kit
from allmende.app.lodge import Lodge
from allmende.app.sealed import sealed_app
from allmende.storage.vault import Cost, key_path, make_key
from allmende.webkit.assets import Assets
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.templates import Look, Pages
from tests.webkit.house import LOCALE, Browser, TurnableClock

WORDS = "ofen wolke sieben tasse regal moos"


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def lodge(tmp_path: Path) -> Lodge:
    """A sealed key; as soon as it is handed in, the house is open."""
    file = key_path(tmp_path)
    cheap = Cost(memory_kib=64, passes=1, lanes=1)
    make_key(file, mode="sealed", passphrase=WORDS, cost=cheap)
    lodge = Lodge(file, tmp_path, "sealed")
    lodge.ready.set()
    return lodge


@pytest.fixture
def client(lodge: Lodge, clock: TurnableClock) -> Browser:
    catalogues = Catalogues.load(LOCALE)
    assets = Assets.unbuilt(catalogues)
    kit = Kit(
        pages=Pages([], catalogues, assets, Look(site_name="Kiezserver")),
        catalogues=catalogues,
        assets=assets,
        addresses=AddressKeys(clock),
        proof=ProofOfWork(clock),
    )
    app = sealed_app(kit, lodge, clock, secure=True)
    return Browser(app, "https://house.example", {"accept-language": "de"})


def send(client: Browser, passphrase: str) -> httpx.Response:
    ticket = re.findall(r'name="ticket" value="([^"]+)"', client.get("/unlock").text)[0]
    return client.post("/unlock", data={"ticket": ticket, "passphrase": passphrase})


def test_the_page_asks_for_the_passphrase_in_both_languages(client: Browser) -> None:
    page = client.get("/unlock")
    assert page.status_code == 200
    assert "<h1>Server aufschließen</h1>" in page.text
    assert 'type="password"' in page.text
    assert page.headers["strict-transport-security"]
    assert page.headers["cache-control"] == "no-store"
    assert client.post("/language", data={"lang": "en", "page": "/unlock"}).status_code == 303
    assert "<h1>Unlock this server</h1>" in client.get("/unlock").text


def test_nothing_on_the_page_leads_to_what_is_locked(client: Browser) -> None:
    for page in ("/unlock", "/"):
        found = set(re.findall(r'(?:href|action|src)="([^"#]+)', client.get(page).text))
        assert all(path.startswith(("/static/", "/unlock", "/language")) for path in found), found


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/signin", "/health.json", "/-/patterns", "/unlock/x"])
def test_everything_else_comes_back_later(client: Browser, method: str, path: str) -> None:
    answer = client.ask(method, path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "Dieser Server ist abgeschlossen" in answer.text


def test_programs_get_the_id_of_a_message(client: Browser) -> None:
    for path in ("/api/v1/rooms", "/rtc/v1"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json()["error"] == "web.locked"
        assert answer.headers["retry-after"] == "60"


def test_websockets_are_asked_to_come_back_later(client: Browser) -> None:
    sent: list[Message] = []

    async def send_(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/rtc/v1", "headers": [], "query_string": b""}
    asyncio.run(client.app(scope, receive, send_))
    assert sent == [{"type": "websocket.close", "code": 1013}]


def test_the_passphrase_opens(client: Browser, lodge: Lodge) -> None:
    wrong = send(client, "ofen wolke")
    assert wrong.status_code == 403
    assert "Das ist nicht die Passphrase." in wrong.text
    assert "ofen wolke" not in wrong.text
    states = [lodge.state]
    right = send(client, WORDS)
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert [*states, lodge.state] == ["locked", "open"]


def test_an_address_has_few_tries(client: Browser, clock: TurnableClock, lodge: Lodge) -> None:
    assert [send(client, "no").status_code for _ in range(7)] == [403] * 5 + [429] * 2
    assert send(client, WORDS).status_code == 429
    assert not lodge.handed_in.is_set()
    clock.turn(121)
    assert send(client, WORDS).status_code == 303


def test_the_form_is_taken_from_our_own_page_only(client: Browser, lodge: Lodge) -> None:
    assert client.post("/unlock", data={"passphrase": WORDS}).status_code == 403
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.post("/unlock", data={"x": "y"}, headers=elsewhere).status_code == 403
    assert client.post("/unlock", content=b"x" * 5000).status_code in (400, 413)
    assert not lodge.handed_in.is_set()
