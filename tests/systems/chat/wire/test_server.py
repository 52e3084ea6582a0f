"""Everything behind a listener, as apps see it."""

import pytest

from allmende.core.groups import Role
from allmende.core.ids import AppPasswordId
from allmende.storage.database import Database
from tests.systems.chat.wire.whole import DOMAIN, App, Village

MESSAGE = "<message type='chat' id='{id}' to='{to}'><body>{text}</body></message>"


@pytest.fixture
def village(database: Database) -> Village:
    found = Village(database)
    found.move_in("anna", "bea")
    return found


def message(to: str, text: str, number: str = "m1") -> str:
    return MESSAGE.format(to=f"{to}@{DOMAIN}", text=text, id=number)


def test_two_people_write_to_each_other_and_find_it_in_their_archives(village: Village) -> None:
    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        anna.line.hear(message("bea", "hallo").encode())
        heard = await bea.hear("</message>")
        assert "<body>hallo</body>" in heard
        assert "stanza-id" in heard
        await bea.say(message("anna", "selber hallo"), "")
        assert "selber hallo" in await anna.hear("</message>")
        found = await anna.say(
            "<iq type='set' id='a'><query xmlns='urn:xmpp:mam:2'/></iq>", "complete='true'"
        )
        assert found.count("<forwarded ") == 2

    village.play(story)


def test_what_somebody_missed_waits_for_them(village: Village) -> None:
    async def story(village: Village) -> None:
        anna = await App(village, "anna").come()
        await anna.say(message("bea", "bist du da?"), "")
        await anna.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>", "id='p'")
        await village.server.services.queue.drained()
        bea = await App(village, "bea").sign_in()
        heard = await bea.say("<presence/>", "bist du da?")
        assert "urn:xmpp:delay" in heard

    village.play(story)


def test_strangers_send_one_message_until_they_are_answered(village: Village) -> None:
    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        await anna.say(message("bea", "eins"), "")
        await bea.hear("eins")
        assert "<forbidden " in await anna.say(message("bea", "zwei", "m2"), "</message>")
        await bea.say(message("anna", "ja?"), "")
        await anna.hear("ja?")
        await anna.say(message("bea", "drei", "m3"), "")
        assert "drei" in await bea.hear("drei")

    village.play(story)


def test_fellow_members_are_on_each_others_lists_and_see_each_other(village: Village) -> None:

    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        admin, identity = village.people["anna"], village.identity
        group = await identity.make_group(admin, "Küche für alle")
        code = await identity.make_invite(admin, group.id, Role.MEMBER)
        await identity.join_by_invite(village.people["bea"], code)
        await village.server.groups_changed()
        assert f"jid='bea@{DOMAIN}'" in await anna.hear("<presence ")
        assert f"from='anna@{DOMAIN}/phone'" in await bea.hear(f"from='anna@{DOMAIN}/phone'")

    village.play(story)


def test_who_blocks_hears_nothing_and_cannot_write_either(village: Village) -> None:
    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        block = f"<block xmlns='urn:xmpp:blocking'><item jid='anna@{DOMAIN}'/></block>"
        await bea.say(f"<iq type='set' id='b'>{block}</iq>", "id='b'")
        refused = await anna.say(message("bea", "hallo"), "</message>")
        assert "service-unavailable" in refused
        assert "not-acceptable" in await bea.say(message("anna", "nein"), "</message>")
        ping = "<iq type='get' id='q' to='{}'><ping xmlns='urn:xmpp:ping'/></iq>"
        assert "error" in await anna.say(ping.format(f"bea@{DOMAIN}/phone"), "id='q'")

    village.play(story)


def test_a_picture_is_told_in_presence(village: Village) -> None:
    async def story(village: Village) -> None:
        anna = await App(village, "anna").come()
        info = "<info id='6b1d5a2d4e1c6c2c0c5d4a9f0a9a4c0b1e2f3a4d' type='image/png' bytes='9'/>"
        publish = (
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='urn:xmpp:avatar:metadata'>"
            "<item id='6b1d5a2d4e1c6c2c0c5d4a9f0a9a4c0b1e2f3a4d'>"
            f"<metadata xmlns='urn:xmpp:avatar:metadata'>{info}</metadata></item>"
            "</publish></pubsub>"
        )
        said = await anna.say(f"<iq type='set' id='v'>{publish}</iq>", "id='v'")
        if "<presence " not in said:
            said = await anna.hear("<presence ")
        assert "<photo>6b1d5a2d4e1c6c2c0c5d4a9f0a9a4c0b1e2f3a4d</photo>" in said

    village.play(story)


def test_apps_are_asked_what_they_want_and_told_the_newest_of_it(village: Village) -> None:
    async def story(village: Village) -> None:
        anna = await App(village, "anna").come()
        publish = (
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='urn:x:mood'><item id='i'><m xmlns='urn:x:mood'>gut</m></item>"
            "</publish></pubsub>"
        )
        await anna.say(f"<iq type='set' id='v'>{publish}</iq>", "id='v'")
        caps = (
            "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:n'"
            " ver='mqCha5A0VSeztqZunek/iGpMPb4='/></presence>"
        )
        asked = await anna.say(caps, "disco#info")
        number = asked.partition("id='")[2].partition("'")[0]
        info = (
            "<query xmlns='http://jabber.org/protocol/disco#info'>"
            "<identity category='client' type='pc'/><feature var='urn:x:mood+notify'/></query>"
        )
        answer = f"<iq type='result' id='{number}' to='{DOMAIN}'>{info}</iq>"
        assert "gut</m>" in await anna.say(answer, "#event")

    village.play(story)


def test_a_second_app_of_the_same_name_ends_the_first(village: Village) -> None:
    async def story(village: Village) -> None:
        anna = await App(village, "anna").come()
        second = await App(village, "anna").sign_in()
        assert second.task is not anna.task
        assert "conflict" in await anna.hear("conflict")

    village.play(story)


@pytest.mark.parametrize("number", [None, 5])
def test_what_is_revoked_ends_its_streams(village: Village, number: int | None) -> None:
    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        await anna.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", "<enabled ")
        account = village.account(village.people["anna"])
        village.server.over(account, None if number is None else AppPasswordId(number))
        if number is None:
            assert "not-authorized" in await anna.hear("</stream:stream>")
            await anna.task
            assert [str(one.jid) for one in village.server.sessions] == [f"bea@{DOMAIN}/phone"]
        else:
            assert len(list(village.server.sessions)) == 2
        assert not bea.line.closed

    village.play(story)


def test_people_make_a_room_with_their_apps_and_talk_in_it(village: Village) -> None:
    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        join = (
            f"<presence to='tea@rooms.{DOMAIN}/{{}}'>"
            "<x xmlns='http://jabber.org/protocol/muc'/></presence>"
        )
        assert "code='201'" in await anna.say(join.format("anna"), "</presence>")
        unlocked = (
            f"<iq type='set' id='c' to='tea@rooms.{DOMAIN}'>"
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>"
        )
        await anna.say(unlocked, "id='c'")
        await bea.say(join.format("bea"), "<subject")
        groupchat = f"<message type='groupchat' id='g' to='tea@rooms.{DOMAIN}'><body>Tee?</body>"
        await bea.say(f"{groupchat}</message>", "Tee?")
        heard = await anna.hear("Tee?")
        assert f"from='tea@rooms.{DOMAIN}/bea'" in heard
        items = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
        found = await anna.say(f"<iq type='get' id='d' to='{DOMAIN}'>{items}</iq>", "id='d'")
        assert f"rooms.{DOMAIN}" in found
        await bea.lose()
        village.server.over(village.account(village.people["bea"]))
        assert "unavailable" in await anna.hear("unavailable")

    village.play(story)
