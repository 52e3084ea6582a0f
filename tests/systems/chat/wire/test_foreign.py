"""What other servers send reaches whom it is for, and says only what it may."""

import pytest

from allmende.storage.database import Database
from tests.systems.chat.wire.abroad import Road
from tests.systems.chat.wire.whole import App, Village

ZOE = "zoe@y.example/tv"


@pytest.fixture
def village(database: Database) -> Village:
    village = Village(database)
    village.move_in("anna", "ben")
    return village


def test_a_first_message_arrives_a_second_waits_for_an_answer(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        hello = f"<message from='{ZOE}' to='anna@x.example' type='chat' id='{{}}'><body>{{}}</body>"
        await road.bring(hello.format("1", "hello") + "</message>")
        assert f"from='{ZOE}'" in await anna.hear("hello")
        await road.bring(hello.format("2", "again") + "</message>")
        assert "type='error'" in (said := road.read())
        assert "forbidden" in said
        await anna.say("<message to='zoe@y.example' type='chat'><body>yes?</body></message>")
        await road.hear("yes?")
        await road.bring(hello.format("3", "finally") + "</message>")
        await anna.hear("finally")
        assert road.done == 3

    village.play(story)


def test_what_only_servers_say_is_cut_out(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        await road.bring(
            f"<message from='{ZOE}' to='anna@x.example/phone' type='chat'><body>hi</body>"
            "<received xmlns='urn:xmpp:carbons:2'/><result xmlns='urn:xmpp:mam:2'/>"
            "<event xmlns='http://jabber.org/protocol/pubsub#event'/>"
            "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='anna@x.example'/></message>"
        )
        got = await anna.hear("hi</body>")
        got += await anna.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>", "id='p'")
        assert not [one for one in ("carbons", "mam:2", "#event", "id='1'") if one in got]

    village.play(story)


def test_a_room_says_what_rooms_say_only_to_who_is_in_it(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        said = (
            "<message from='hall@rooms.y.example/zoe' to='anna@x.example/phone' type='groupchat'>"
            "<body>{}</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/></message>"
        )
        await road.bring(said.format("outside"))
        assert "outside" not in anna.line.said.decode()
        join = "<presence to='hall@rooms.y.example/anna'/>"
        await anna.say(join)
        await anna.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>", "id='p'")
        assert "to='hall@rooms.y.example/anna'" in road.read()
        for number in range(3):
            await road.bring(said.format(f"line {number}"))
        assert "occupant-id" in await anna.hear("line 2")

    village.play(story)


def test_questions_are_answered_where_anybody_may_ask(village: Village) -> None:
    async def story(village: Village) -> None:
        road, _ = Road(village), await App(village, "anna").come()
        ask = f"<iq from='{ZOE}' to='{{}}' type='get' id='q'><query xmlns='{{}}'/></iq>"
        info = "http://jabber.org/protocol/disco#info"
        for to, name, answer in (
            ("x.example", info, "urn:xmpp:carbons:2"),
            ("rooms.x.example", info, "http://jabber.org/protocol/muc"),
            ("anna@x.example", "jabber:iq:roster", "error"),
            ("anna@x.example", info, "service-unavailable"),
            ("nobody@x.example", info, "service-unavailable"),
            ("anna@x.example/phone", info, "service-unavailable"),
        ):
            await road.bring(ask.format(to, name))
            said = road.read()
            assert answer in said
            assert f"to='{ZOE}'" in said
        await road.bring(f"<iq from='{ZOE}' to='x.example' type='result' id='q'/>")
        assert road.read() == ""

    village.play(story)


def test_nobody_lets_in_more_strangers_of_a_domain_than_fifty_an_hour(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        for number in range(51):
            await road.bring(
                f"<message from='z{number}@y.example/x' to='anna@x.example' type='chat'>"
                f"<body>number {number};</body></message>"
            )
        assert "resource-constraint" in road.read()
        assert "number 50;" not in await anna.hear("number 49;")

    village.play(story)


def test_rooms_of_ours_are_for_people_of_other_servers_as_well(village: Village) -> None:
    async def story(village: Village) -> None:
        road, anna = Road(village), await App(village, "anna").come()
        join = "<presence {} to='hall@rooms.x.example/{}'><x xmlns='{}'/></presence>"
        muc = "http://jabber.org/protocol/muc"
        await anna.say(join.format("id='j'", "anna", muc), "110")
        await anna.say(
            f"<iq type='set' id='o' to='hall@rooms.x.example'><query xmlns='{muc}#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>",
            "id='o'",
        )
        await road.bring(join.format(f"from='{ZOE}'", "zoe", muc))
        assert "hall@rooms.x.example/anna" in road.read()
        await road.bring(
            f"<message from='{ZOE}' to='hall@rooms.x.example' type='groupchat'>"
            "<body>to all</body></message>"
        )
        await anna.hear("to all")
        assert "to all" in road.read()

    village.play(story)
