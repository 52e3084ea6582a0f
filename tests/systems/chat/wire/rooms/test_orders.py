"""Who is what in a room, and how the room is: only those decide who may."""

import pytest

from allmende.protocols.xmpp import muc
from allmende.storage.database import Database
from tests.systems.chat.wire.post import heard
from tests.systems.chat.wire.rooms.village import ROOM, Village, item, play, sights, village_of

OWN = f"<query xmlns='{muc.OWNER}'>{{}}</query>"


def test_somebody_is_put_out_and_may_come_back_unless_banned(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        heard(anna), heard(bert)
        kick = "<item role='none' nick='{}'><reason>loud</reason></item>"
        assert await village.order(bert, kick.format("anna")) == "forbidden"
        assert await village.order(anna, kick.format("carl")) == "item-not-found"
        assert await village.order(anna, kick.format("bert")) == ""
        (gone,) = heard(bert)
        assert item(gone)["role"] == "none"
        x = gone.child(muc.USER_X)
        assert x is not None
        who = x.child(f"{muc.USER} item")
        assert who is not None
        assert who.child_text(f"{muc.USER} reason") == "loud"
        assert sights(anna) == ["bert unavailable 307"]
        await village.come(bert, "bert")
        heard(bert)
        assert await village.order(anna, "<item affiliation='outcast' nick='bert'/>") == ""
        assert sights(bert) == ["bert unavailable 301,110"]

    play(village, story)


def test_admins_do_less_than_owners(database: Database) -> None:
    village = village_of(database)
    anna, bert, carl = village.app("anna"), village.app("bert"), village.app("carl")
    give = "<item affiliation='{}' jid='{}@x.example'/>"

    async def story(village: Village) -> None:
        await village.open(anna)
        for who, nick in ((bert, "bert"), (carl, "carl")):
            await village.come(who, nick)
        assert await village.order(anna, give.format("admin", "bert")) == ""
        assert item(heard(bert)[-1]) == {
            "affiliation": "admin", "role": "moderator", "jid": "bert@x.example/phone",
        }  # fmt: skip
        assert await village.order(bert, give.format("member", "carl")) == ""
        assert await village.order(bert, give.format("owner", "carl")) == "not-allowed"
        assert await village.order(bert, give.format("none", "anna")) == "not-allowed"
        assert await village.order(bert, "<item role='none' nick='anna'/>") == "not-allowed"
        assert await village.order(carl, give.format("member", "dora")) == "forbidden"
        assert await village.order(anna, give.format("none", "anna")) == "conflict"
        assert await village.order(anna, give.format("king", "carl")) == "bad-request"
        assert await village.order(anna, "<item role='king' nick='carl'/>") == "bad-request"
        assert await village.order(anna, "<item/>") == "bad-request"
        assert await village.order(anna, "") == "bad-request"
        assert await village.order(anna, "<item jid='@' affiliation='none'/>") == "jid-malformed"

    play(village, story)


def test_lists_are_shown_to_those_who_may_see_them(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        members = "<item affiliation='member'/>"
        await village.order(anna, "<item affiliation='member' jid='bert@x.example'/>")
        assert "jid='bert@x.example'" in await village.order(anna, members, "get")
        assert await village.order(bert, members, "get") == "forbidden"
        assert "nick='bert'" in await village.order(anna, "<item role='participant'/>", "get")
        assert await village.order(bert, "<item role='visitor'/>", "get") == "forbidden"
        await village.configure(anna, whois="anyone")
        assert "jid='anna@x.example'" in await village.order(
            bert, "<item affiliation='owner'/>", "get"
        )
        outcasts = "<item affiliation='outcast'/>"
        assert await village.order(bert, outcasts, "get") == "forbidden"

    play(village, story)


def test_who_is_no_member_any_more_leaves_a_room_of_members(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna, membersonly="1")
        await village.order(anna, "<item affiliation='member' jid='bert@x.example'/>")
        await village.come(bert, "bert")
        heard(bert)
        await village.order(anna, "<item affiliation='none' jid='bert@x.example'/>")
        assert sights(bert) == ["bert unavailable 321,110"]

    play(village, story)


def test_only_owners_say_how_a_room_is(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.come(bert, "bert")
        heard(anna), heard(bert)
        assert await village.configure(bert, roomname="mine") == "forbidden"
        assert await village.ask(bert, "get", OWN.format("")) == "forbidden"
        assert "muc#roomconfig_whois" in await village.ask(anna, "get", OWN.format(""))
        assert await village.ask(anna, "set", OWN.format("")) == "bad-request"
        result = OWN.format("<x xmlns='jabber:x:data' type='result'/>")
        assert await village.ask(anna, "set", result) == "bad-request"
        assert await village.configure(anna, whois="anyone", moderatedroom="1") == ""
        assert sights(bert) == ["groupchat 104,172", "bert 110"]
        await village.configure(anna, whois="moderators")
        assert sights(bert) == ["groupchat 104,173"]

    play(village, story)


@pytest.mark.parametrize("made", [False, True])
def test_a_room_that_is_cancelled_or_destroyed_is_gone(database: Database, made: bool) -> None:
    village = village_of(database)
    anna = village.app("anna")

    async def story(village: Village) -> None:
        await village.come(anna, "anna")
        query = OWN.format("<x xmlns='jabber:x:data' type='cancel'/>")
        if made:
            await village.configure(anna, persistentroom="1")
            assert await village.ask(anna, "set", query) == ""
            assert await village.service.find("tea") is not None
            query = OWN.format(f"<destroy jid='new@{ROOM}'><reason>old</reason></destroy>")
            assert await village.ask(anna, "set", query) == "jid-malformed"
            query = query.replace(f"new@{ROOM}", ROOM.replace("tea", "new"))
        heard(anna)
        assert await village.ask(anna, "set", query) == ""
        (gone,) = heard(anna)
        x = gone.child(muc.USER_X)
        assert x is not None
        assert x.child(f"{muc.USER} destroy") is not None
        assert await village.service.find("tea") is None
        assert await village.ask(anna, "get", OWN.format("")) == "item-not-found"

    play(village, story)
