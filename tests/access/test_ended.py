"""Accounts that are frozen or leaving: with what they still hold they are strangers."""

import re
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.access.asks import ASKS, Case
from tests.access.expected import ON_GROUP, ON_HOUSE, ON_ROOM
from tests.access.pads import BASES, BY_CAPABILITY, NOTHING, ON_PADS, PAD_ASKS, pad_case
from tests.access.town import Browser
from tests.access.world import GOOD, World

pytestmark = pytest.mark.slow

ENDED = ("frozen", "leaving")
SECRET = re.compile(r'id="key-secret" value="([0-9a-z]{26})"')
IN_HOUSE = {**ON_HOUSE, **ON_GROUP, **ON_PADS, **{key: rows[0] for key, rows in ON_ROOM.items()}}


@pytest.fixture(scope="module")
def secrets(world: World) -> Iterator[dict[str, str]]:
    """Both were members of group one, and have an app password; this is it, by role."""
    found = {}
    for role in ENDED:
        browser = world.account(f"the_{role}", world.invite("admin", world.one, "member"))
        assert browser.get(f"/g/{world.one}").status == 200
        page = browser.form("/me/keys", purpose="chat").text
        match = SECRET.search(page)
        assert match is not None
        world.who[role], found[role] = browser, match[1]
    frozen = world.who["moderator"].form("/queue/accounts", name="the_frozen", act="freeze")
    left = world.who["leaving"].form("/me/leave", name="the_leaving", when="later")
    assert (frozen.status, left.status) == (303, 303)
    yield found
    for role in ENDED:
        del world.who[role]


@pytest.mark.parametrize("key", IN_HOUSE)
def test_each_route_answers_them_as_strangers(
    world: World, secrets: dict[str, str], key: str
) -> None:
    ask, wanted = ASKS.get(key) or PAD_ASKS[key], IN_HOUSE[key]["stranger"]
    for role in secrets:
        assert ask(Case(world, role, world.group_room)).status == wanted, role
    assert world.town.lives


@pytest.mark.parametrize("key", BY_CAPABILITY)
def test_a_pad_answers_them_as_strangers(world: World, secrets: dict[str, str], key: str) -> None:
    for role in secrets:
        answer = pad_case(world, role, BASES[1], None).ask(key)
        assert answer.status == BY_CAPABILITY[key][NOTHING], role


def test_their_programs_are_out_as_well(world: World, secrets: dict[str, str]) -> None:
    for role, secret in secrets.items():
        basic = b64encode(f"the_{role}:{secret}".encode())
        asked = Browser(world.town).raw(
            "http", "GET", "/api/v1/me", b"", [(b"authorization", b"Basic " + basic)]
        )
        assert asked.status == 401, role


def test_the_frozen_stay_out_and_who_leaves_may_come_back(
    world: World, secrets: dict[str, str]
) -> None:
    known = {role: Browser(world.town) for role in secrets}
    for role, browser in known.items():
        answer = browser.form("/signin", name=f"the_{role}", password=GOOD)
        assert answer.status == (303 if role == "leaving" else 400)
    assert known["leaving"].get(f"/g/{world.one}").status == 200
    assert known["frozen"].get(f"/g/{world.one}").status == 404
