"""The JSON and the page of the chat, as a browser with and without scripts uses them."""

import asyncio
import html
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from allmende.core.accounts import STRANGER
from allmende.core.bus import Bus
from allmende.storage.database import Database
from allmende.systems.chat import system
from allmende.systems.chat.system import ChatSettings
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.i18n import Catalogues
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.identity.town import fail
from tests.systems.chat.conftest import Square
from tests.webkit.house import LOCALE, Browser

URL = "http://house.example"
TICKET = re.compile(r'name="ticket" value="([0-9a-f]+)"')


class Street:
    """The app with the chat alone, and a browser of one guest."""

    def __init__(self, square: Square, burst: int = 20) -> None:
        self.square = square
        catalogues = Catalogues.load(LOCALE)
        folder = Path(system.__file__).parent / "templates"
        pages = Pages([folder], catalogues, Assets.unbuilt(catalogues))
        settings = ChatSettings(retention_d=28, burst=burst)
        part, _ = system.build(
            square.database, square.doors, Bus(fail), square.clock, pages, settings
        )
        site = Site(secure=False)
        self.app = Starlette(
            routes=list(part.routes),
            middleware=middleware(square.identity, site, name_of=square.identity.name_of),
            exception_handlers=ERROR_HANDLERS,
        )
        self.app.state.pages = pages
        self.messages = f"/api/v1/rooms/{square.room.id}/messages"
        self.page = f"/r/{square.room.slug}/chat"

    def browser(self, name: str, link: str | None = None) -> Browser:
        """Somebody who has entered the room as a guest."""
        enter = self.square.identity.enter(STRANGER, self.square.room.id, name, link)
        entered = asyncio.run(enter)
        self.square.knock(entered.caller)
        self.square.doors.admit_all(self.square.room.id)
        browser = Browser(self.app, URL, {"accept-language": "de"})
        browser.cookies.set("allmende-guest", entered.guest_token or "")
        return browser

    def say(self, browser: Browser, text: str, key: str = "k") -> httpx.Response:
        return browser.post(self.messages, json={"text": text, "key": key})


@pytest.fixture
def street(sqlite: Database) -> Street:
    return Street(Square(sqlite))


def test_a_message_is_posted_and_read_back_with_its_links_cut_out(street: Street) -> None:
    raven = street.browser("Rabe")
    sent = street.say(raven, "siehe https://example.org/a.")
    assert sent.status_code == 201
    page: dict[str, Any] = raven.get(street.messages).json()
    assert page["messages"] == [sent.json()]
    assert [piece["link"] for piece in sent.json()["pieces"]] == ["", "https://example.org/a", ""]
    assert page["as_of"] > 0
    assert page["more"] is False


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": " ", "key": "k"}, "chat.empty"),
        ({"text": "x" * 4001, "key": "k"}, "chat.too-long"),
        ({"text": "x", "key": ""}, "chat.key-refused"),
        ({"text": "x"}, "web.invalid-body"),
        ({"text": "x", "key": "k", "more": 1}, "web.invalid-body"),
        ({"text": "a\x00b", "key": "k"}, "web.invalid-body"),
    ],
)
def test_what_is_not_well_formed_is_refused_and_nothing_is_stored(
    street: Street, body: dict[str, Any], error: str
) -> None:
    raven = street.browser("Rabe")
    refused = raven.post(street.messages, json=body)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert raven.get(street.messages).json()["messages"] == []


def test_who_has_not_entered_neither_reads_nor_writes(street: Street) -> None:
    stranger = Browser(street.app, URL, {})
    assert stranger.get(street.messages).status_code == 403
    assert street.say(stranger, "hallo").status_code == 403
    assert stranger.get(street.messages.replace("/rooms/", "/rooms/9")).status_code == 404


def test_who_writes_too_fast_is_told_when_to_go_on(sqlite: Database) -> None:
    street = Street(Square(sqlite), burst=2)
    raven = street.browser("Rabe")
    codes = [street.say(raven, "hallo", f"k{n}").status_code for n in range(3)]
    assert codes == [201, 201, 429]
    assert street.say(street.browser("Elster"), "ich nicht").status_code == 201


def test_one_deletes_ones_own_and_not_anothers(street: Street) -> None:
    raven, magpie = street.browser("Rabe"), street.browser("Elster")
    number = street.say(raven, "hallo").json()["id"]
    retract = f"{street.messages}/{number}/retract"
    assert magpie.post(retract, json={}).json()["error"] == "chat.not-yours"
    assert raven.post(retract, json={}).status_code == 200
    assert raven.post(retract, json={}).status_code == 404


def test_older_messages_are_fetched_by_number(street: Street) -> None:
    raven = street.browser("Rabe")
    numbers = [street.say(raven, "hallo", f"k{n}").json()["id"] for n in range(3)]
    older = raven.get(f"{street.messages}?before={numbers[1]}").json()["messages"]
    assert [message["id"] for message in older] == numbers[:1]
    assert len(raven.get(f"{street.messages}?before=x").json()["messages"]) == 3


def test_the_page_works_without_scripts(street: Street) -> None:
    raven = street.browser("Rabe")
    ticket = TICKET.search(raven.get(street.page).text)
    assert ticket is not None
    form = {"ticket": ticket[1], "key": "k", "text": "<b>hallo</b> https://example.org"}
    assert raven.post(street.page, data=form).status_code == 303
    page = raven.get(street.page).text
    assert "&lt;b&gt;hallo&lt;/b&gt;" in page
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow"' in page
    number = re.search(r'name="message" value="(\d+)"', page)
    assert number is not None
    gone = raven.post(f"{street.page}/retract", data={"ticket": ticket[1], "message": number[1]})
    assert gone.status_code == 303
    assert "hallo" not in raven.get(street.page).text


def test_a_refused_form_comes_back_with_what_was_typed(street: Street) -> None:
    raven = street.browser("Rabe")
    ticket = TICKET.search(raven.get(street.page).text)
    assert ticket is not None
    text = "wichtig " * 600
    refused = raven.post(street.page, data={"ticket": ticket[1], "key": "k", "text": text})
    assert refused.status_code == 400
    shown = html.unescape(refused.text)
    assert text in shown
    assert "zu lang" in shown


def test_the_page_says_who_can_read_this(street: Street) -> None:
    assert "28 Tage" in street.browser("Rabe").get(street.page).text
