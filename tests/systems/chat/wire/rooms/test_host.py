"""The rooms of groups, seen by apps: the same room as on the page."""

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.core.ids import FactId, MessageId, RoomId
from allmende.core.rooms import Room
from allmende.identity.events import GroupChanged, MembershipChanged, RoomGone
from allmende.identity.store import rooms as places
from allmende.protocols.xml.tree import write
from allmende.protocols.xmpp import moderation, muc
from allmende.protocols.xmpp.ids import STANZA_ID
from allmende.storage.database import Database
from allmende.systems.chat.events import MessageRetracted, MessageSent
from allmende.systems.chat.model.rooms import number_uid
from tests.identity.town import BEGINNING
from tests.systems.chat.wire.post import heard
from tests.systems.chat.wire.rooms.village import DOMAIN, Village, item, play, sights

FACT = FactId(1)


class Kitchen(Village):
    """anna's group, in which bert is a member; carl is in no group."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.anna, self.bert, self.carl = (self.app(name) for name in ("anna", "bert", "carl"))
        self.group_id = self.group(self.people["anna"], member=self.people["bert"]).id
        self.place: Room = self.run(self.database.read(self._place))
        self.address = f"{self.place.slug}@{DOMAIN}"

    def _place(self, db: Connection) -> Room:
        return places.rooms_of(db, self.group_id)[0]

    async def sent(self, number: int) -> None:
        fact = MessageSent(at=BEGINNING, message_id=MessageId(number), room_id=self.place.id)
        await self.bus.deliver(FACT, fact)

    async def retracted(self, number: int) -> None:
        fact = MessageRetracted(at=BEGINNING, message_id=MessageId(number), room_id=self.place.id)
        await self.bus.deliver(FACT, fact)

    async def both(self) -> None:
        await self.come(self.anna, "anna", room=self.address)
        await self.come(self.bert, "bert", room=self.address)
        heard(self.anna)
        heard(self.bert)


def test_the_group_says_who_comes_in_and_as_what(database: Database) -> None:
    kitchen = Kitchen(database)

    async def story(_: Village) -> None:
        await kitchen.come(kitchen.anna, "anna", room=kitchen.address)
        mine, subject = heard(kitchen.anna)
        assert item(mine)["affiliation"] == "owner"
        assert subject.child_text("jabber:client subject") == kitchen.place.name
        await kitchen.come(kitchen.bert, "bert", room=kitchen.address)
        assert item(heard(kitchen.bert)[1])["affiliation"] == "member"
        await kitchen.come(kitchen.carl, "carl", room=kitchen.address)
        assert sights(kitchen.carl) == ["carl error registration-required"]
        info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        assert await kitchen.ask(kitchen.carl, "get", info, kitchen.address) == "item-not-found"

    play(kitchen, story)


def test_apps_and_pages_read_what_the_others_wrote(database: Database) -> None:
    kitchen = Kitchen(database)
    room_id, page = kitchen.place.id, kitchen.people["anna"]

    async def story(_: Village) -> None:
        await kitchen.both()
        await kitchen.speak(kitchen.bert, "from an app", "<reply xmlns='urn:x'/>", kitchen.address)
        lines = await kitchen.chat.recent(page, room_id, limit=9)
        assert [line.text for line in lines] == ["from an app"]
        await kitchen.sent(lines[0].id)
        for who in (kitchen.anna, kitchen.bert):
            (got,) = heard(who)
            assert got.get("from") == f"{kitchen.address}/bert"
            assert got.get("id") == "from an app"
            assert got.child("urn:x reply") is not None
            assert [one.get("id") for one in got.children(STANZA_ID)] == [number_uid(lines[0].id)]
        line = await kitchen.chat.say(page, room_id, "from a page", "key")
        await kitchen.sent(line.id)
        assert sights(kitchen.bert) == ["anna groupchat from a page"]
        heard(kitchen.anna)
        archive = "<query xmlns='urn:xmpp:mam:2'/>"
        assert "complete" in await kitchen.ask(kitchen.anna, "set", archive, kitchen.address)
        first, second = (write(one).decode() for one in heard(kitchen.anna))
        assert "<reply xmlns='urn:x'/>" in first
        assert "<body>from a page</body>" in second
        metadata = "<metadata xmlns='urn:xmpp:mam:2'/>"
        said = await kitchen.ask(kitchen.anna, "get", metadata, kitchen.address)
        assert number_uid(line.id) in said

    play(kitchen, story)


def test_what_is_taken_back_is_gone_everywhere(database: Database) -> None:
    kitchen = Kitchen(database)
    room_id = kitchen.place.id

    async def story(_: Village) -> None:
        await kitchen.both()
        line = await kitchen.chat.say(kitchen.people["anna"], room_id, "oops", "key")
        uid = number_uid(line.id)
        retract = f"<retract xmlns='{moderation.RETRACT}' id='{uid}'/>"
        retract = f"<message type='groupchat' to='{kitchen.address}'>{retract}</message>"
        await kitchen.send(kitchen.bert, retract)
        assert sights(kitchen.bert) == ["error forbidden"]
        await kitchen.send(kitchen.anna, retract)
        await kitchen.send(kitchen.anna, retract.replace(uid, "none"))
        assert sights(kitchen.anna) == ["error item-not-found"]
        await kitchen.retracted(line.id)
        found = heard(kitchen.bert)[0].child(moderation.RETRACT_NAME)
        assert found is not None
        assert found.get("id") == uid
        assert not await kitchen.chat.recent(kitchen.people["anna"], room_id, limit=9)
        line = await kitchen.chat.say(kitchen.people["bert"], room_id, "spam", "other")
        order = (
            f"<moderate xmlns='{moderation.MODERATE}' id='{number_uid(line.id)}'>"
            f"<retract xmlns='{moderation.RETRACT}'/></moderate>"
        )
        assert await kitchen.ask(kitchen.anna, "set", order, kitchen.address) == ""
        assert not await kitchen.chat.recent(kitchen.people["anna"], room_id, limit=9)
        await kitchen.sent(line.id)
        assert heard(kitchen.anna)[-1].child("jabber:client body") is None

    play(kitchen, story)


def test_states_in_a_group_are_told_at_once(database: Database) -> None:
    kitchen = Kitchen(database)

    async def story(_: Village) -> None:
        await kitchen.both()
        marker = "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>"
        await kitchen.send(
            kitchen.bert, f"<message type='groupchat' to='{kitchen.address}'>{marker}</message>"
        )
        assert sights(kitchen.anna) == ["bert groupchat"]

    play(kitchen, story)


def test_apps_do_not_change_what_the_group_decides(database: Database) -> None:
    kitchen = Kitchen(database)
    order = "<item affiliation='member' jid='carl@x.example'/>"
    register = "<query xmlns='jabber:iq:register'/>"
    destroy = f"<query xmlns='{muc.OWNER}'><destroy/></query>"

    async def story(_: Village) -> None:
        await kitchen.both()
        assert await kitchen.order(kitchen.anna, order, to=kitchen.address) == "not-allowed"
        for kind, payload in (("get", register), ("set", destroy)):
            answer = await kitchen.ask(kitchen.anna, kind, payload, kitchen.address)
            assert answer == "not-allowed"
        for inner in ("<subject>x</subject>",):
            await kitchen.send(
                kitchen.anna, f"<message type='groupchat' to='{kitchen.address}'>{inner}</message>"
            )
        invite = f"<x xmlns='{muc.USER}'><invite to='{{}}@x.example'/></x>"
        for name in ("carl", "bert"):
            await kitchen.send(
                kitchen.anna, f"<message to='{kitchen.address}'>{invite.format(name)}</message>"
            )
        assert sights(kitchen.anna) == ["error not-allowed", "error not-allowed"]
        assert [to for to, _ in kitchen.carried] == ["bert@x.example"]

    play(kitchen, story)


def test_who_leaves_the_group_leaves_the_room(database: Database) -> None:
    kitchen = Kitchen(database)
    bert_id = kitchen.account(kitchen.people["bert"])
    changed = MembershipChanged(
        at=BEGINNING, group_id=kitchen.group_id, account_id=bert_id, was="member"
    )

    async def story(_: Village) -> None:
        await kitchen.both()
        admin, group_id = kitchen.people["anna"], kitchen.group_id
        await kitchen.identity.set_role(admin, group_id, bert_id, Role.FACILITATOR)
        await kitchen.bus.deliver(FACT, changed)
        assert item(heard(kitchen.bert)[-1])["role"] == "moderator"
        await kitchen.identity.leave(kitchen.people["bert"], group_id)
        await kitchen.bus.deliver(FACT, changed)
        assert sights(kitchen.bert) == ["bert unavailable 321,110"]
        await kitchen.bus.deliver(FACT, GroupChanged(at=BEGINNING, group_id=group_id))
        heard(kitchen.anna)
        await kitchen.bus.deliver(FACT, RoomGone(at=BEGINNING, room_id=kitchen.place.id))
        await kitchen.bus.deliver(FACT, RoomGone(at=BEGINNING, room_id=RoomId(99)))
        assert sights(kitchen.anna) == ["anna unavailable 110"]
        await kitchen.sent(1)
        await kitchen.retracted(1)

    play(kitchen, story)


def test_only_rooms_are_written_to(database: Database) -> None:
    kitchen = Kitchen(database)

    async def story(_: Village) -> None:
        await kitchen.send(kitchen.anna, f"<message to='{DOMAIN}'><body>x</body></message>")
        assert sights(kitchen.anna) == ["error service-unavailable"]
        await kitchen.send(kitchen.anna, f"<presence to='{DOMAIN}'/>")
        await kitchen.send(kitchen.anna, f"<presence type='subscribe' to='{kitchen.address}'/>")
        assert sights(kitchen.anna) == []

    play(kitchen, story)
