"""Debian's own Mumble on a screen, a browser beside it: one room, heard in both directions."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.served import served
from bench.voice.peers import free_port
from tests.browser.stories import SETTINGS, needs
from tests.crash.house import Tell
from tests.interop.voice import desktop as screens
from tests.interop.voice.builds import NEW, OLD, Build, trust
from tests.interop.voice.desktop import Desktop, desktop, make_certificate
from tests.interop.voice.page import Page, page
from tests.interop.voice.relay import DOWN, LEGACY, PROTOBUF, UNREAD, UP, Seen, relay
from tests.servers import HOUSE

HOST = "127.0.0.1"
FROM_PAGE, FROM_DESKTOP, FROM_ANOTHER = 660, 440, 550
NEAR = 0.01
TRIES = 3
SERVER_MENU = ("40", "12")
"""A place on the screen."""

PYMUMBLE = HOUSE / "build/pymumble/bin/python"

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.alone, needs(*screens.NEEDED)]


def there(build: Build) -> pytest.MarkDecorator:
    """Skip, saying what is missing; in CI a skip fails."""
    missing = build.missing() + ([] if PYMUMBLE.exists() else ["pymumble"])
    reason = f"MISSING: {', '.join(missing)}; see tools/mumble.sh and tools/trixie.sh"
    return pytest.mark.skipif(bool(missing), reason=reason)


@dataclass(frozen=True)
class Room:
    """A call with one facilitator in a browser. ``token`` lets native clients in at once."""

    mara: Page
    port: int
    token: str
    link: str
    pid: int

    def url(self, name: str, port: int = 0) -> str:
        """Return the address that a desktop client opens."""
        return f"mumble://{name}:{self.token}@{HOST}:{port or self.port}/?version=1.2.0"


@contextmanager
def room(folder: Path, enters: str = "enters") -> Iterator[Room]:
    """Serve, let Mara start a plenum and enter: the call, or its light page (``comesLight``)."""
    port = free_port()
    settings = SETTINGS.replace("[voice]\nport = 0", f"[voice]\nport = {port}")
    with served(folder, settings=settings) as server, page("Mara", FROM_PAGE) as mara:
        links = mara.tell("starts", url=server.url, title="Plenum")
        mara.tell(enters, link=links["facilitators"])
        token = parse_qs(urlsplit(links["facilitators"]).query)["g"][0]
        yield Room(mara, port, token, links["facilitators"], server.process.pid)


def hears_the_page(client: Desktop, mara: Page) -> float:
    """Return the frequency that the desktop client hears while the page whistles."""
    mara.tell("whistles", on=True)
    heard = hears(client, "page", FROM_PAGE)
    mara.tell("whistles", on=False)
    return heard


def hears_another(client: Desktop, call: Room) -> float:
    """Return the frequency that it hears while another client says a tone."""
    facts = (str(call.port), call.token, str(FROM_ANOTHER), str(3 * TRIES))
    with subprocess.Popen(
        [PYMUMBLE, "-m", "tests.interop.voice.tone", *facts], cwd=HOUSE
    ) as singing:
        try:
            call.mara.tell("sees", text="singer")
            return hears(client, "another", FROM_ANOTHER)
        finally:
            singing.kill()


def hears(client: Desktop, name: str, made: int) -> float:
    """Return the frequency that comes out of its loudspeaker.

    A sound card in software gives nothing at first now and then, and stutters on a busy machine.
    """
    heard = 0.0
    for number in range(TRIES):
        with client.hearing(f"{name}{number}") as recording:
            client.rest(2)
        heard = client.frequency(recording)
        if abs(heard / made - 1) <= NEAR:
            break
    return heard


def heard_by_the_page(client: Desktop, mara: Page) -> float:
    """Return the frequency that the page hears while the desktop client says a tone."""
    playing = client.start_tone(FROM_DESKTOP, 5)
    heard = mara.tell("listens", ms=3000)
    playing.wait(20)
    return float(heard["hertz"])


@there(OLD)
def test_a_desktop_client_and_a_browser_hear_each_other(tmp_path: Path, tell: Tell) -> None:
    """With its own certificate; a hand by the menu of the client; muted on the web."""
    with at_home(tmp_path, OLD) as (call, client):
        tell(f"Mumble {client.build.version}: {takes_part(call, client)}")
        call.mara.tell("ends")


@there(NEW)
def test_mumble_of_debian_13_does_the_same_by_protobuf(tmp_path: Path, tell: Tell) -> None:
    """What its voice looks like is read on its way, after all the rest."""
    with at_home(tmp_path, NEW) as (call, client):
        tell(f"Mumble {client.build.version}: {takes_part(call, client)}")
        with relay(tmp_path / "relay", call.port) as seen:
            speaks_protobuf(call, client, seen)
            tell(", ".join(f"{n} {what} {way}" for (way, what), n in seen.counts.items()))
        call.mara.tell("ends")


@contextmanager
def at_home(folder: Path, build: Build) -> Iterator[tuple[Room, Desktop]]:
    """A call with Mara, and a desktop client in it with a new certificate."""
    (folder / "desk").mkdir()
    with (
        room(folder / "house") as call,
        desktop(folder / "desk", call.url("Tester"), HOST, call.port, build) as client,
    ):
        make_certificate(client)
        call.mara.tell("sees", text="Tester")
        yield call, client


def takes_part(call: Room, client: Desktop) -> str:
    """All that a desktop client does in a call; return the figures."""
    mara = call.mara
    assert re.search("Mumble", mara.tell("roster"))
    heard = hears_the_page(client, mara), hears_another(client, call)
    said = heard_by_the_page(client, mara)
    figures = f"heard {heard[0]:.0f} and {heard[1]:.0f} Hz, said {said:.1f} Hz"
    sounds = ((heard[0], FROM_PAGE), (heard[1], FROM_ANOTHER), (said, FROM_DESKTOP))
    assert all(abs(found / made - 1) <= NEAR for found, made in sounds), figures
    raises_a_hand(client, mara)
    is_muted_on_the_web(client, mara)
    return figures


def speaks_protobuf(call: Room, client: Desktop, seen: Seen) -> None:
    """Both ways, over UDP, and in no other form; it comes again with what it kept."""
    client.quit()
    trust(client.home, HOST, seen.port)
    client.open(call.url("Second", seen.port))
    call.mara.tell("sees", text="Second")
    assert abs(heard_by_the_page(client, call.mara) / FROM_DESKTOP - 1) <= NEAR
    assert abs(hears_the_page(client, call.mara) / FROM_PAGE - 1) <= NEAR
    assert seen.counts[UP, PROTOBUF] > 0
    assert seen.counts[DOWN, PROTOBUF] > 0
    for direction in (UP, DOWN):
        for other in (LEGACY, UNREAD):
            assert seen.counts[direction, other] == 0, seen.counts


def raises_a_hand(client: Desktop, mara: Page) -> None:
    """By the item that the server put into the client's menu."""
    client.click(*SERVER_MENU)
    client.rest(0.5)
    client.click(*client.build.raise_hand)
    mara.tell("waitsForHands", names=["Tester"])


def is_muted_on_the_web(client: Desktop, mara: Page) -> None:
    """What is said then reaches nobody."""
    mara.tell("about", who="Tester", id="meet.mute-person")
    client.rest(1)
    playing = client.start_tone(FROM_DESKTOP, 3)
    heard = mara.tell("listens", ms=2000)
    playing.wait(20)
    assert heard["loud"] == 0, heard
