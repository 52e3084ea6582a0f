"""Contacts of other servers: asked, answered, shown, hidden, and asked again at the next start."""

import pytest

from allmende.storage.database import Database
from tests.systems.chat.wire.abroad import Road
from tests.systems.chat.wire.whole import App, Village

ZOE = "zoe@y.example"
PING = "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"


@pytest.fixture
def village(database: Database) -> Village:
    village = Village(database)
    village.move_in("anna")
    return village


def said(kind: str, to: str = "anna@x.example", sender: str = ZOE) -> str:
    return f"<presence from='{sender}' to='{to}' type='{kind}'/>"


async def befriend(road: Road, anna: App) -> None:
    """Both see each other."""
    await anna.say(f"<presence to='{ZOE}' type='subscribe'/>")
    await anna.say(PING, "id='p'")
    await road.bring(said("subscribed"))
    await anna.hear("subscription='to'")
    await road.bring(said("subscribe"))
    await anna.hear("type='subscribe'")
    await anna.say(f"<presence to='{ZOE}' type='subscribed'/>", "subscription='both'")


def test_who_is_let_sees_the_devices_that_are_there_and_learns_when_they_go(
    village: Village,
) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await befriend(road, anna)
        out = road.read()
        assert "type='subscribe'" in out
        assert "type='subscribed'" in out
        assert "from='anna@x.example/phone'" in out
        await road.bring(
            f"<presence from='{ZOE}/tv' to='anna@x.example'><show>dnd</show></presence>"
        )
        assert "dnd" in await anna.hear("dnd")
        await anna.say("<presence type='unavailable'/>")
        await anna.say(PING, "id='p'")
        assert "type='unavailable'" in road.read()

    village.play(story)


def test_the_first_device_asks_how_contacts_elsewhere_are(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await befriend(road, anna)
        await anna.say("<presence type='unavailable'/><presence/>", "from='anna@x.example/phone'")
        await anna.say(PING, "id='p'")
        assert "type='probe'" in road.read()

    village.play(story)


def test_who_asks_without_a_right_learns_nothing(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await road.bring(said("probe"))
        of_anna = road.read()
        await road.bring(said("probe", to="nobody@x.example"))
        assert road.read().replace("nobody", "anna") == of_anna
        assert "type='unsubscribed'" in of_anna
        await road.bring(
            f"<presence from='{ZOE}/tv' to='anna@x.example'><show>dnd</show></presence>"
        )
        assert "dnd" not in await anna.say(PING, "id='p'")
        await befriend(road, anna)
        road.read()
        await road.bring(said("probe"))
        assert "from='anna@x.example/phone'" in road.read()

    village.play(story)


def test_who_takes_back_the_right_is_seen_no_more(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await befriend(road, anna)
        road.read()
        await anna.say(f"<presence to='{ZOE}' type='unsubscribed'/>", "subscription='to'")
        out = road.read()
        assert "type='unsubscribed'" in out
        assert "type='unavailable'" in out
        await road.bring(said("probe"))
        assert "type='unsubscribed'" in road.read()

    village.play(story)


def test_who_leaves_us_is_shown_that_we_are_gone(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await befriend(road, anna)
        road.read()
        await road.bring(said("unsubscribe"))
        await anna.hear("subscription='to'")
        assert "type='unavailable'" in road.read()

    village.play(story)


def test_who_is_blocked_asks_nobody(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        block = "<block xmlns='urn:xmpp:blocking'><item jid='y.example'/></block>"
        await anna.say(f"<iq type='set' id='b'>{block}</iq>", "id='b'")
        await road.bring(said("subscribe"))
        assert "subscribe" not in await anna.say(PING, "id='p'")
        assert road.read() == ""

    village.play(story)
