"""Coming into rooms, being there, and going. XEP-0045, 7."""

import pytest

from allmende.protocols.xmpp import muc
from allmende.protocols.xmpp.errors import StanzaError
from allmende.storage.database import Database
from tests.systems.chat.wire.post import heard
from tests.systems.chat.wire.rooms.village import (
    ROOM,
    Village,
    item,
    play,
    sight,
    sights,
    village_of,
)


def test_what_comes_comes_in_the_order_that_apps_need(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.come(anna, "anna")
        presence, subject = heard(anna)
        assert item(presence) == {
            "affiliation": "owner", "role": "moderator", "jid": "anna@x.example/phone",
        }  # fmt: skip
        assert presence.child(muc.OCCUPANT_ID) is not None
        assert subject.get("from") == ROOM
        await village.configure(anna)
        await village.speak(anna, "before")
        await village.send(
            anna, f"<message type='groupchat' to='{ROOM}'><subject>Tea</subject></message>"
        )
        heard(anna)
        await village.come(bert, "bert")
        assert sights(bert) == [
            "anna",
            "bert 170,110",
            "anna groupchat before",
            "anna groupchat subject Tea",
        ]
        seen = heard(anna)
        assert item(seen[0])["jid"] == "bert@x.example/phone"
        assert item(seen[0])["role"] == "participant"

    play(village, story)
    assert village.run(village.service.find("tea")) is not None


def test_a_new_room_is_locked_until_its_owner_has_said_how_it_is(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.come(anna, "anna")
        assert sights(anna) == ["anna 170,201,110", "groupchat subject"]
        await village.come(bert, "bert")
        assert sights(bert) == ["bert error item-not-found"]
        await village.configure(anna)
        await village.come(bert, "bert")
        assert sights(bert)[:2] == ["anna", "bert 170,110"]
        await village.go(anna, "anna", "<status>tired</status>")
        assert sights(anna) == ["bert", "anna unavailable 110"]
        gone = heard(bert)[-1]
        assert gone.child_text("jabber:client status") == "tired"
        await village.go(bert, "bert")
        assert await village.service.find("tea") is None

    play(village, story)


def test_whom_a_room_does_not_want_stays_out(database: Database) -> None:
    village = village_of(database)
    anna, bert, carl = village.app("anna"), village.app("bert"), village.app("carl")

    async def story(village: Village) -> None:
        await village.open(anna, roomsecret="key", maxusers="2")
        await village.come(bert, "bert")
        assert sights(bert) == ["bert error not-authorized"]
        await village.come(bert, "Anna", "<password>key</password>")
        assert sights(bert) == ["Anna error conflict"]
        await village.come(bert, "bert", "<password>key</password>")
        heard(bert)
        await village.come(carl, "carl", "<password>key</password>")
        assert sights(carl) == ["carl error service-unavailable"]
        await village.order(anna, "<item affiliation='outcast' jid='carl@x.example'/>")
        await village.come(carl, "carl", "<password>key</password>")
        assert sights(carl) == ["carl error forbidden"]
        await village.configure(anna, membersonly="1")
        assert sights(bert)[-1] == "bert unavailable 322,110"
        await village.come(bert, "bert", "<password>key</password>")
        assert sights(bert) == ["bert error registration-required"]
        await village.send(bert, f"<presence to='{ROOM}'/>")
        assert sights(bert) == ["error jid-malformed"]
        await village.send(bert, f"<presence to='{ROOM}/bert'/>")
        assert sights(bert) == ["bert error not-acceptable"]

    play(village, story)


def test_somebody_may_be_called_otherwise_but_not_too_often(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        heard(anna), heard(bert)
        await village.send(bert, f"<presence to='{ROOM}/bea'><show>away</show></presence>")
        assert sights(bert) == ["bert unavailable 303,110", "bea 110"]
        gone, here = heard(anna)
        assert item(gone)["nick"] == "bea"
        assert here.child_text("jabber:client show") == "away"
        await village.send(bert, f"<presence to='{ROOM}/ben'/>")
        assert sights(bert) == ["ben error policy-violation"]
        village.clock.turn(seconds=6)
        await village.send(bert, f"<presence to='{ROOM}/anna'/>")
        assert sights(bert) == ["anna error conflict"]
        await village.send(bert, f"<presence to='{ROOM}/bea'><show>dnd</show></presence>")
        assert sights(bert) == ["bea 110"]

    play(village, story)


def test_two_apps_of_one_person_share_a_name(database: Database) -> None:
    village = village_of(database)
    anna, phone, laptop = village.app("anna"), village.app("bert"), village.app("bert", "laptop")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(phone, "bert")
        await village.come(laptop, "bert")
        assert sights(laptop)[:2] == ["anna", "bert 170,110"]
        heard(anna), heard(phone)
        await village.speak(anna, "hello")
        assert sights(phone) == sights(laptop) == ["anna groupchat hello"]
        heard(anna)
        await village.go(phone, "bert")
        assert sights(phone) == ["bert unavailable 110"]
        assert sights(anna) == []
        await village.go(laptop, "bert")
        assert sights(anna) == ["bert unavailable"]

    play(village, story)


def test_a_newcomer_says_how_much_of_the_past_they_want(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        for number in range(30):
            await village.speak(anna, str(number))
            village.clock.turn(seconds=1)

        async def past(history: str) -> list[str]:
            await village.come(bert, "bert", history)
            found = [one.split()[2] for one in sights(bert) if one.startswith("anna groupchat")]
            await village.go(bert, "bert")
            heard(bert)
            return found

        assert await past("") == [str(number) for number in range(10, 30)]
        assert await past("<history maxstanzas='0'/>") == []
        assert await past("<history maxchars='0'/>") == []
        assert await past("<history maxstanzas='2'/>") == ["28", "29"]
        assert await past("<history seconds='3'/>") == ["27", "28", "29"]
        assert len(await past("<history since='2026-11-23T20:00:00Z'/>")) == 30
        assert 1 <= len(await past("<history maxchars='300'/>")) <= 3
        await village.come(bert, "bert", "<history maxstanzas='x'/>")
        assert sights(bert) == ["bert error bad-request"]

    play(village, story)


def test_people_of_other_servers_come_in_but_make_no_rooms(database: Database) -> None:
    village = village_of(database)
    anna = village.app("anna")

    async def story(village: Village) -> None:
        with pytest.raises(StanzaError, match="not-allowed"):
            await village.from_afar("far")
        await village.open(anna)
        await village.from_afar("far")
        assert [to for to, _ in village.abroad] == ["far@y.example/r"] * 3
        await village.speak(anna, "hello")
        assert sight(village.abroad[-1][1]) == "anna groupchat hello"
        await village.from_afar("anna", type="error")
        assert sights(anna) == ["far", "anna groupchat hello"]
        await village.from_afar("far", type="error")
        assert sights(anna) == ["far unavailable"]

    play(village, story)
