"""A thousand sign-ups from a thousand addresses in ten minutes (product.md 6, S15)."""

import html
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from allmende.config.sections import Limits
from allmende.storage.opening import SQLITE_NAME
from tests.access.town import Browser, Town
from tests.identity.town import GOOD, HandClock

pytestmark = pytest.mark.slow

BOTS = 1_000
SPAN_S = 600.0
PERSISTENT = 5
"""Every fifth bot that finds the door closed writes a request instead."""
PROPOSAL = re.compile(r'name="proposal" value="([a-z ]+)"')


@dataclass
class Siege:
    """A house with open registration, and somebody who looks after it."""

    data: Path
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.town = Town(self.data, self.clock, Limits())
        assert self.town.rooms.invite is not None
        self.boss = Browser(self.town)
        made = self.boss.form(f"/i/{self.town.rooms.invite}", name="olga", password=GOOD)
        assert made.status == 200, made.text
        self.town.give_passkey("olga")
        opened = self.boss.form("/op/registration", mode="open", vouching="on")
        assert opened.status == 303, opened.text

    def states(self) -> Counter[str]:
        """How many accounts are in which state."""
        with closing(sqlite3.connect(self.data / SQLITE_NAME)) as db:
            return Counter(row[0] for row in db.execute("SELECT state FROM identity_account"))

    def bot(self, number: int) -> int:
        """One sign-up from an address of its own; return the last status."""
        browser = Browser(self.town, address=f"2001:db8:{number:x}::7")
        name = f"wave_{number:04}x"
        closed = self.mode() != "open"
        proof = "" if closed else browser.solve()
        status = browser.form("/signup", name=name, password=GOOD, proof=proof).status
        if status == 409 and number % PERSISTENT == 0:
            asked = browser.form("/requests", name=name, password=GOOD, body="Hallo http://x/")
            status = asked.status
        return status

    def mode(self) -> str:
        """What the server says publicly about its registration."""
        mode: str = Browser(self.town).get("/health.json").json()["registration"]
        return mode

    def invited(self) -> str:
        """An invite into a new group, made by hand in the middle of it all."""
        group = self.boss.form("/groups", name="Küche").headers["location"]
        made = self.boss.form(f"{group}/invites", role="member", uses=1, days=1)
        return made.headers["location"].rpartition("/")[2]


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    siege = Siege(tmp_path_factory.mktemp("siege"))
    try:
        yield siege
    finally:
        siege.town.close()


def test_a_thousand_sign_ups_make_ten_accounts_and_one_decision(siege: Siege) -> None:
    code, person = siege.invited(), Browser(siege.town, address="192.0.2.77")
    statuses: Counter[int] = Counter()
    for number in range(BOTS):
        statuses[siege.bot(number)] += 1
        siege.clock.turn(seconds=SPAN_S / BOTS)
        if number == BOTS // 2:
            comes_by_invite(person, code)
    assert set(statuses) == {200, 303, 409}, statuses
    assert siege.mode() == "request"
    states = siege.states()
    assert states["active"] <= 10 + 2, "ten of the wave, olga, and who was invited"
    assert states["new"] == statuses[303]
    says_so_and_decides(siege, states["new"])


def comes_by_invite(person: Browser, code: str) -> None:
    """Open the link, type a name, press the button: the proposed password is there already."""
    page = person.get(f"/i/{code}")
    proposed = PROPOSAL.search(page.text)
    assert proposed is not None
    words = proposed[1]
    made = person.form(f"/i/{code}", name="juno", password=words, proposal=words)
    assert made.status == 200, made.text
    assert "Notfallblatt" in made.text
    led = re.search(r'href="(/g/[^"]+)"', made.text)
    assert led is not None
    assert person.get(led[1]).status == 200


def says_so_and_decides(siege: Siege, waiting: int) -> None:
    page = html.unescape(siege.boss.get("/queue").text)
    assert f"Eine Welle: {waiting} warten" in page
    assert "hat sich selbst geschlossen" in page
    origins = re.findall(r'action="/queue/waves">.*?name="origin" value="([^"]+)"', page, re.S)
    assert len(origins) == 1, "one wave, one decision"
    decided = siege.boss.form("/queue/waves", origin=origins[0], decision="decline")
    assert decided.status == 303
    assert siege.states()["new"] == 0
    frozen = siege.boss.form("/queue/origins", origin=origins[0], act="freeze")
    assert frozen.status == 303
    assert siege.states() == {"active": 2, "frozen": 10}
