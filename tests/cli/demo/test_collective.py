"""The sample collective, made on the pages of desk."""

import httpx
import pytest

from allmende.cli.demo.browser import Browser
from allmende.cli.demo.collective import FOUNDER, MEMBER, Address, Links, found
from allmende.cli.demo.script import load
from allmende.core.accounts import STRANGER
from allmende.core.rooms import LinkRight
from tests.systems.desk.conftest import hall
from tests.systems.desk.hall import URL, Hall

__all__ = ["hall"]


async def made(hall: Hall, invite: str | None) -> tuple[Links, str]:
    """Return the links, and the start page of the founder."""
    transport = httpx.ASGITransport(hall.app)
    async with (
        Browser(URL, "de", transport=transport) as founder,
        Browser(URL, "de", transport=transport) as member,
    ):
        links = await found(founder, member, f"{URL}/i/{invite}", load("de"))
        return links, await founder.page("/")


@pytest.mark.slow
def test_accounts_group_room_and_links_are_made_on_pages(hall: Hall) -> None:
    links, page = hall.town.run(made(hall, hall.town.run(hall.identity.first_start())))
    facilitators, guests = Address.of(links.facilitators), Address.of(links.guests)
    assert facilitators.slug == guests.slug
    rights = [
        hall.town.run(hall.identity.entrance(STRANGER, one.slug, one.token)).right
        for one in (facilitators, guests)
    ]
    assert rights == [LinkRight.FACILITATE, LinkRight.SPEAK]
    assert links.guests == f"{URL}/r/{guests.slug}/plenum?g={guests.token}"
    assert "Garten" in page
    assert FOUNDER in page
    told = hall.town.told()
    assert told.count("identity.MembershipChanged") == 2, (FOUNDER, MEMBER)


def test_a_link_is_taken_apart() -> None:
    assert Address.of(f"{URL}/r/abc/plenum?g=t-1_x") == Address("abc", "t-1_x")
