"""What rooms say of themselves, to whom, and what they let people read."""

from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp import disco, muc
from allmende.storage.database import Database
from tests.systems.chat.wire.post import heard
from tests.systems.chat.wire.rooms.village import DOMAIN, FORM, ROOM, Village, play, village_of

INFO = f"<query xmlns='{disco.INFO}'/>"
ITEMS = f"<query xmlns='{disco.ITEMS}'/>"
PING = "<ping xmlns='urn:xmpp:ping'/>"
ARCHIVE = "<query xmlns='urn:xmpp:mam:2'/>"


def test_the_house_of_rooms_says_what_it_is_and_has(database: Database) -> None:
    village = village_of(database)
    anna = village.app("anna")

    async def story(village: Village) -> None:
        assert "category='conference'" in await village.ask(anna, "get", INFO, DOMAIN)
        await village.open(anna, persistentroom="1", roomname="Tea time")
        await village.come(anna, "anna", room=f"hidden@{DOMAIN}")
        query = f"<query xmlns='{muc.OWNER}'>{FORM}</query>".format(
            "<field var='muc#roomconfig_publicroom'><value>0</value></field>"
        )
        assert await village.ask(anna, "set", query, f"hidden@{DOMAIN}") == ""
        found = await village.ask(anna, "get", ITEMS, DOMAIN)
        assert "name='Tea time'" in found
        assert "hidden" not in found
        assert await village.ask(anna, "get", PING, DOMAIN) == ""
        noded = INFO.replace("/>", " node='x'/>")
        assert await village.ask(anna, "get", noded, DOMAIN) == "item-not-found"

    play(village, story)


def test_a_room_says_what_it_is_unless_it_is_hidden(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        assert await village.ask(anna, "get", INFO) == "item-not-found"
        await village.open(anna, roomname="Tea", whois="anyone")
        said = await village.ask(bert, "get", INFO)
        for feature in ("muc_public", "muc_open", "muc_nonanonymous", "muc_temporary",
                        "urn:xmpp:mam:2", "urn:xmpp:occupant-id:0"):  # fmt: skip
            assert f"var='{feature}'" in said
        assert "muc#roominfo_occupants" in said
        assert "<item" not in await village.ask(bert, "get", ITEMS)
        assert f"jid='{ROOM}/anna'" in await village.ask(anna, "get", ITEMS)
        for query in (INFO, ITEMS):
            assert await village.ask(bert, "get", query, f"{ROOM}/anna") == "service-unavailable"
        await village.configure(anna, publicroom="0", membersonly="1")
        assert await village.ask(bert, "get", INFO) == "item-not-found"
        assert "muc_hidden" in await village.ask(anna, "get", INFO)

    play(village, story)


def test_an_app_asks_itself_whether_it_is_still_there(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        assert await village.ask(anna, "get", PING, f"{ROOM}/anna") == ""
        assert await village.ask(anna, "get", PING, f"{ROOM}/bert") == "service-unavailable"
        assert await village.ask(bert, "get", PING, f"{ROOM}/anna") == "not-acceptable"

    play(village, story)


def test_a_room_is_read_by_those_who_are_in_it(database: Database) -> None:
    village = village_of(database)
    anna, bert = village.app("anna"), village.app("bert")

    async def story(village: Village) -> None:
        await village.open(anna)
        await village.speak(anna, "one")
        await village.speak(anna, "two")
        metadata = "<metadata xmlns='urn:xmpp:mam:2'/>"
        for query in (ARCHIVE, metadata):
            assert await village.ask(bert, "set", query) == "forbidden"
        await village.come(bert, "bert")
        heard(bert)
        fin = await village.ask(bert, "set", ARCHIVE)
        assert "complete='true'" in fin
        first, second = (write(one).decode() for one in heard(bert))
        assert "<body>one</body>" in first
        assert f"from='{ROOM}/anna'" in second
        assert "anna@x.example" not in first + second
        assert "<start" in await village.ask(bert, "get", metadata)
        assert "jabber:x:data" in await village.ask(bert, "get", ARCHIVE)
        since = "<field var='start'><value>2026-11-24T00:00:00Z</value></field>"
        later = f"<query xmlns='urn:xmpp:mam:2'>{FORM.format(since)}</query>"
        await village.ask(bert, "set", later)
        assert heard(bert) == []
        await village.order(anna, "<item affiliation='outcast' jid='bert@x.example'/>")
        assert await village.ask(bert, "set", ARCHIVE) == "forbidden"

    play(village, story)


def test_a_name_can_be_kept_for_somebody(database: Database) -> None:
    village = village_of(database)
    anna, bert, carl = village.app("anna"), village.app("bert"), village.app("carl")
    query = "<query xmlns='jabber:iq:register'>{}</query>"
    form = query.format(
        FORM.format(
            "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>"
            "<field var='muc#register_roomnick'><value>Bertl</value></field>"
        )
    )

    async def story(village: Village) -> None:
        await village.open(anna)
        assert "muc#register_roomnick" in await village.ask(bert, "get", query.format(""))
        assert await village.ask(bert, "set", query.format("")) == "bad-request"
        assert await village.ask(bert, "set", form.replace("Bertl", "")) == "bad-request"
        assert await village.ask(bert, "set", form) == ""
        assert "<username>Bertl" in await village.ask(bert, "get", query.format(""))
        assert await village.ask(carl, "set", form) == "conflict"
        await village.come(carl, "bertl")
        assert heard(carl)[0].get("type") == "error"
        await village.come(bert, "Bertl")
        assert heard(bert)[1].get("from") == f"{ROOM}/Bertl"
        await village.configure(anna, membersonly="1")
        assert await village.ask(carl, "set", form) == "registration-required"
        await village.order(anna, "<item affiliation='outcast' jid='carl@x.example'/>")
        assert await village.ask(carl, "get", query.format("")) == "forbidden"

    play(village, story)
