"""Debian's own Mumble on a screen, a browser beside it: one room, heard in both directions."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.served import served
from bench.voice.peers import free_port
from tests.browser.stories import SETTINGS, needs
from tests.interop.voice import desktop as screens
from tests.interop.voice.desktop import Desktop, desktop, make_certificate
from tests.interop.voice.page import Page, page

HOST = "127.0.0.1"
FROM_PAGE, FROM_DESKTOP = 660, 440
NEAR = 0.01
TRIES = 3
SERVER_MENU, RAISE_HAND = ("40", "12"), ("80", "246")
"""Places on the screen: the first item below those of the client itself."""

pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    needs(*screens.NEEDED),
]


@dataclass(frozen=True)
class Room:
    """A call with one facilitator in a browser. ``token`` lets native clients in at once."""

    mara: Page
    port: int
    token: str
    link: str
    pid: int

    def url(self, name: str) -> str:
        """Return the address that a desktop client opens."""
        return f"mumble://{name}:{self.token}@{HOST}:{self.port}/?version=1.2.0"


@contextmanager
def room(folder: Path) -> Iterator[Room]:
    """Serve, let Mara start a plenum and enter."""
    port = free_port()
    settings = SETTINGS.replace("[voice]\nport = 0", f"[voice]\nport = {port}")
    with served(folder, settings=settings) as server, page("Mara", FROM_PAGE) as mara:
        links = mara.tell("starts", url=server.url, title="Plenum")
        mara.tell("enters", link=links["facilitators"])
        token = parse_qs(urlsplit(links["facilitators"]).query)["g"][0]
        yield Room(mara, port, token, links["facilitators"], server.process.pid)


def hears_the_page(client: Desktop, mara: Page) -> float:
    """Return the frequency that the desktop client hears while the page whistles."""
    mara.tell("whistles", on=True)
    heard = 0.0
    for number in range(TRIES):  # a sound card in software now and then gives nothing at first
        with client.hearing(f"page{number}") as recording:
            client.rest(2)
        heard = heard or client.frequency(recording)
    mara.tell("whistles", on=False)
    return heard


def heard_by_the_page(client: Desktop, mara: Page) -> float:
    """Return the frequency that the page hears while the desktop client says a tone."""
    playing = client.start_tone(FROM_DESKTOP, 5)
    heard = mara.tell("listens", ms=3000)
    playing.wait(20)
    return float(heard["hertz"])


def test_a_desktop_client_and_a_browser_hear_each_other(tmp_path: Path) -> None:
    """With its own certificate; a hand by the menu of the client; muted on the web."""
    (tmp_path / "desk").mkdir()
    with (
        room(tmp_path / "house") as call,
        desktop(tmp_path / "desk", call.url("Tester"), HOST, call.port) as client,
    ):
        make_certificate(client)
        mara = call.mara
        mara.tell("sees", text="Tester")
        assert re.search("Mumble", mara.tell("roster"))
        assert abs(hears_the_page(client, mara) / FROM_PAGE - 1) <= NEAR
        assert abs(heard_by_the_page(client, mara) / FROM_DESKTOP - 1) <= NEAR
        raises_a_hand(client, mara)
        is_muted_on_the_web(client, mara)
        mara.tell("ends")


def raises_a_hand(client: Desktop, mara: Page) -> None:
    """By the item that the server put into the client's menu."""
    client.click(*SERVER_MENU)
    client.rest(0.5)
    client.click(*RAISE_HAND)
    mara.tell("waitsForHands", names=["Tester"])


def is_muted_on_the_web(client: Desktop, mara: Page) -> None:
    """What is said then reaches nobody."""
    mara.tell("about", who="Tester", id="meet.mute-person")
    client.rest(1)
    playing = client.start_tone(FROM_DESKTOP, 3)
    heard = mara.tell("listens", ms=2000)
    playing.wait(20)
    assert heard["loud"] == 0, heard
