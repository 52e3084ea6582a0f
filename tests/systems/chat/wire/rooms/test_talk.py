"""What is said in rooms reaches those who are there, once, and never more than was meant."""

import pytest

from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp import moderation, muc
from allmende.protocols.xmpp.ids import STANZA_ID
from allmende.storage.database import Database
from allmende.systems.chat.wire.session import What
from tests.systems.chat.wire.post import heard, kinds
from tests.systems.chat.wire.rooms.village import ROOM, Village, play, sights, village_of

RETRACT = "<retract xmlns='urn:xmpp:message-retract:1' id='{}'/>"
ORIGIN = "<origin-id xmlns='urn:xmpp:sid:0' id='{}'/>"


async def uid_of(village: Village) -> str:
    """Return the uid of the last message."""
    room = await village.service.find("tea")
    assert room is not None
    ends = await village.service.ends(room)
    assert ends is not None
    return ends.newest[0]


def test_a_message_is_kept_and_then_reflected_with_its_ids(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        heard(anna), heard(bert)
        forged = f"<stanza-id xmlns='urn:xmpp:sid:0' id='x' by='{ROOM}'/>"
        forged += "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='x'/>"
        forged += f"<x xmlns='{muc.USER}'><status code='110'/></x>"
        await village.speak(bert, "hello", forged)
        assert kinds(anna) == [What.GROUPCHAT]
        for who in (anna, bert):
            (one,) = heard(who)
            assert one.get("id") == "hello"
            assert one.get("from") == f"{ROOM}/bert"
            assert [each.get("by") for each in one.children(STANZA_ID)] == [ROOM]
            (author,) = one.children(muc.OCCUPANT_ID)
            live = village.rooms.halls.live("tea")
            assert live is not None
            assert author.get("id") == live.key_of("bert@x.example")
            assert one.child(muc.USER_X) is None
        assert village.done[-1] == "hello"

    play(village, story)


def test_what_comes_again_is_kept_and_told_once(database: Database) -> None:
    village = village_of(database)
    anna = village.app("anna")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.speak(anna, "one", ORIGIN.format("o"))
        await village.speak(anna, "again", ORIGIN.format("o"))
        assert sights(anna) == ["anna groupchat one"]
        assert village.done[-1] == "again"

    play(village, story)


def test_states_are_told_and_not_kept(database: Database) -> None:
    village = village_of(database)
    anna = village.app("anna")

    async def story(village: Village) -> None:
        await village.open(anna)
        state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
        await village.send(anna, f"<message type='groupchat' to='{ROOM}'>{state}</message>")
        assert kinds(anna) == [What.STATE]
        room = await village.service.find("tea")
        assert room is not None
        assert await village.service.ends(room) is None

    play(village, story)


def test_who_is_not_there_or_has_no_voice_is_not_heard(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna, moderatedroom="1", allowpm="participants")
        await village.speak(bert, "hello")
        assert sights(bert) == ["error not-acceptable"]
        await village.come(bert, "bert")
        heard(bert)
        await village.speak(bert, "hello")
        await village.send(
            bert, f"<message to='{ROOM}/anna' type='chat'><body>psst</body></message>"
        )
        assert sights(bert) == ["error forbidden", "anna error forbidden"]
        await village.order(anna, "<item role='participant' nick='bert'/>")
        await village.speak(bert, "thanks")
        assert sights(bert)[-1] == "bert groupchat thanks"

    play(village, story)


def test_a_slow_room_lets_people_wait_under_whatever_name(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna, slow_mode_duration="10")
        await village.come(bert, "bert")
        heard(bert)
        await village.speak(bert, "one")
        await village.speak(bert, "two")
        assert sights(bert) == ["bert groupchat one", "error policy-violation"]
        village.clock.turn(seconds=11)
        await village.speak(bert, "three")
        assert sights(bert) == ["bert groupchat three"]

    play(village, story)


def test_the_subject_is_set_by_those_who_may(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")
    subject = f"<message type='groupchat' to='{ROOM}'><subject>Tea</subject></message>"

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        heard(bert)
        await village.send(bert, subject)
        assert sights(bert) == ["error forbidden"]
        await village.configure(anna, changesubject="1")
        await village.send(bert, subject)
        assert sights(bert) == ["groupchat 104", "bert groupchat subject Tea"]
        await village.send(bert, subject.replace("Tea", "T" * 1001))
        assert sights(bert) == ["error not-acceptable"]

    play(village, story)


def test_one_may_write_to_one_alone(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        heard(anna), heard(bert)
        await village.send(
            bert, f"<message to='{ROOM}/anna' type='chat'><body>psst</body></message>"
        )
        (got,) = heard(anna)
        assert got.get("from") == f"{ROOM}/bert"
        assert got.child(muc.USER_X) is not None
        await village.send(bert, f"<message to='{ROOM}/carl' type='chat'><body>x</body></message>")
        await village.send(
            bert, f"<message to='{ROOM}/anna' type='groupchat'><body>x</body></message>"
        )
        await village.send(bert, f"<message to='{ROOM}/anna' type='error'/>")
        assert sights(bert) == ["carl error item-not-found", "anna error bad-request"]

    play(village, story)


def test_authors_take_back_what_is_theirs(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        await village.speak(bert, "oops")
        uid = await uid_of(village)
        heard(anna), heard(bert)
        retract = f"<message type='groupchat' to='{ROOM}'>{RETRACT.format(uid)}</message>"
        await village.send(anna, retract)
        assert sights(anna) == ["error forbidden"]
        await village.send(bert, retract)
        (told,) = heard(anna)
        found = told.child(moderation.RETRACT_NAME)
        assert found is not None
        assert found.get("id") == uid
        await village.send(bert, retract.replace(uid, "nothing"))
        assert sights(bert)[-1] == "error item-not-found"
        query = "<query xmlns='urn:xmpp:mam:2'/>"
        await village.ask(anna, "set", query)
        archived = "".join(write(one).decode() for one in heard(anna))
        assert "oops" not in archived
        assert "<retracted xmlns='urn:xmpp:message-retract:1'" in archived

    play(village, story)


@pytest.mark.parametrize("older", [False, True])
def test_moderators_take_back_what_others_said(database: Database, older: bool) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        await village.speak(bert, "spam")
        uid = await uid_of(village)
        order = (
            f"<moderate xmlns='urn:xmpp:message-moderate:1' id='{uid}'>"
            "<retract xmlns='urn:xmpp:message-retract:1'/><reason>no</reason></moderate>"
        )
        if older:
            order = (
                f"<apply-to xmlns='urn:xmpp:fasten:0' id='{uid}'>"
                "<moderate xmlns='urn:xmpp:message-moderate:0'>"
                "<retract xmlns='urn:xmpp:message-retract:0'/><reason>no</reason></moderate>"
                "</apply-to>"
            )
        heard(anna), heard(bert)
        assert await village.ask(bert, "set", order) == "forbidden"
        assert await village.ask(anna, "set", order.replace(uid, "x")) == "item-not-found"
        assert await village.ask(anna, "get", order) == "bad-request"
        assert await village.ask(anna, "set", order) == ""
        (told,) = heard(bert)
        assert told.get("from") == ROOM
        newer, elder = told.child(moderation.RETRACT_NAME), told.child(moderation.APPLY_NAME)
        assert newer is not None
        assert elder is not None
        assert newer.get("id") == elder.get("id") == uid
        by = newer.child("urn:xmpp:message-moderate:1 moderated")
        assert by is not None
        assert by.get("by") == f"{ROOM}/anna"

    play(village, story)


def test_people_are_invited_and_may_refuse(database: Database) -> None:
    village = village_of(database)
    anna, bert, carl = village.app("anna"), village.app("bert"), village.app("carl")
    invite = f"<x xmlns='{muc.USER}'><invite to='carl@x.example'><reason>tea</reason></invite></x>"

    async def story(village: Village) -> None:
        await village.open(anna, membersonly="1", roomsecret="key")
        await village.send(bert, f"<message to='{ROOM}'>{invite}</message>")
        assert sights(bert) == ["error not-acceptable"]
        await village.send(anna, f"<message to='{ROOM}'>{invite}</message>")
        ((to, told),) = village.carried
        assert to == "carl@x.example"
        x = told.child(muc.USER_X)
        assert x is not None
        assert x.child_text(f"{muc.USER} password") == "key"
        await village.come(carl, "carl", "<password>key</password>")
        assert sights(carl)[1] == "carl 170,110"
        heard(anna)
        await village.send(carl, f"<message to='{ROOM}'>{invite}</message>")
        assert sights(carl) == ["error forbidden"]
        refuse = invite.replace("invite", "decline").replace("carl@", "anna@")
        await village.send(bert, f"<message to='{ROOM}'>{refuse}</message>")
        (refused,) = heard(anna)
        x = refused.child(muc.USER_X)
        assert x is not None
        assert x.child(f"{muc.USER} decline") is not None
        await village.send(carl, f"<message to='{ROOM}'><body>hm</body></message>")
        assert sights(carl) == ["error not-acceptable"]

    play(village, story)
