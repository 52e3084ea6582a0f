"""Nobody joins silently, newcomers read what they may, and messages end when the group says."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.groups import Group, Role
from allmende.core.ids import FactId, MessageId
from allmende.core.rooms import LinkRight, Room
from allmende.identity.events import GroupRestored
from allmende.identity.model.groups import Preset
from allmende.storage.outbox import events, record
from allmende.storage.relay import Relay
from allmende.systems.chat.events import MessageSent
from tests.facts import tell
from tests.systems.chat.conftest import Square
from tests.systems.chat.test_system import built, shown


class Story:
    """A group of mara with its main room; ``hear`` does what a running server does."""

    def __init__(self, square: Square, preset: Preset = Preset.WORKING) -> None:
        self.square = square
        self.mara = square.person("mara")
        self.part, self.bus = built(square)
        self.heard = FactId(0)
        self.group: Group = square.run(square.identity.make_group(self.mara, "Küche", preset))
        page = square.run(square.identity.group_page(self.mara, self.group.slug))
        self.room: Room = page.rooms[0]

    def hear(self) -> None:
        """Tell every fact to those who subscribed, twice: handlers are idempotent."""
        kinds = {kind for handlers in self.bus.subscribed().values() for kind in handlers}
        relay = Relay(self.square.database, self.bus, kinds)
        begin = self.square.run(
            self.square.database.read(lambda db: db.execute(select(events.c.id)).scalars().first())
        )
        told = self.square.run(
            self.square.database.read(lambda db: relay.facts_after(db, FactId(begin or 0), 500))
        )
        for number, fact in told:
            for _ in range(2):
                asyncio.run(tell(self.bus, fact, number))

    def notices(self, who: Caller) -> list[object]:
        self.hear()
        lines = self.square.run(self.square.chat.recent(who, self.room.id, limit=50))
        return [tuple(line.notice) for line in lines if line.notice]

    def join(self, name: str, role: Role = Role.MEMBER) -> Caller:
        square, who = self.square, self.square.person(name)
        code = square.run(square.identity.make_invite(self.mara, self.group.id, role))
        square.run(square.identity.join_by_invite(who, code))
        return who


@pytest.fixture
def story(square: Square) -> Story:
    return Story(square)


def one(message_id: str, **values: str) -> tuple[tuple[str, dict[str, str]], ...]:
    return ((message_id, values),)


BY_SERVER = ("chat.by-server", dict[str, str]())


def test_every_change_is_a_line_in_the_main_room_and_stays(story: Story) -> None:
    square, group = story.square, story.group
    juno, kim = story.join("juno"), story.join("kim")
    square.run(square.identity.set_role(story.mara, group.id, square.account(juno), Role.ADMIN))
    square.run(square.identity.remove_member(story.mara, group.id, square.account(kim)))
    square.run(square.identity.leave(story.mara, group.id))
    assert story.notices(juno) == [
        one("chat.joined", name="mara"),
        one("chat.joined", name="juno"),
        one("chat.joined", name="kim"),
        one("chat.now-admin", name="juno"),
        one("chat.removed", name="kim"),
        one("chat.left", name="mara"),
    ]
    lines = square.run(square.chat.recent(juno, story.room.id, limit=9))
    assert [(line.author, line.text, line.mine) for line in lines] == [("", "", False)] * 6
    with pytest.raises(NotAllowed, match=r"chat\.stays"):
        square.run(square.chat.retract(juno, story.room.id, lines[-1].id))


def test_foreign_eyes_read_that_somebody_came_but_not_who(story: Story) -> None:
    square = story.square
    story.join("juno")
    token = square.run(square.identity.make_link(story.mara, story.room.id, LinkRight.SPEAK))
    raven = square.guest(story.room.id, "Rabe", token)
    square.knock(raven, story.room)
    square.doors.admit_all(story.room.id)
    assert story.notices(raven) == [one("chat.somebody-joined")] * 2
    lines = square.run(square.chat.recent(story.mara, story.room.id, limit=9))
    sent = MessageSent(at=square.clock.now(), message_id=lines[1].id, room_id=story.room.id)
    view = next(view for view in story.part.live if view.event is MessageSent)
    seen = [shown(view, who, sent) for who in (story.mara, raven)]
    assert [one["notice"][0]["values"] for one in seen if isinstance(one, dict)] == [
        {"name": "juno"},
        {},
    ]


def test_what_the_command_line_or_a_restore_does_is_announced_too(story: Story) -> None:
    square = story.square
    story.join("juno")
    square.run(square.identity.remove_account("juno"))
    restored = GroupRestored(at=square.clock.now(), group_id=story.group.id)
    square.run(square.database.write(lambda db: record(db, restored)))
    gone, back = story.notices(story.mara)[-2:]
    assert gone == (*one("chat.somebody-removed"), BY_SERVER)
    assert back == one("chat.group-restored")


def test_open_groups_are_spared_and_lost_ones_do_not_hurt(square: Square) -> None:
    story = Story(square, Preset.PUBLIC)
    story.join("juno")
    assert story.notices(story.mara) == []
    square.run(square.identity.delete_group(story.mara, story.group.id))
    story.hear()


def test_newcomers_read_nothing_from_before_where_the_group_says_so(square: Square) -> None:
    story = Story(square, Preset.AFFINITY)
    early = square.run(square.chat.say(story.mara, story.room.id, "vorher", "k1"))
    square.clock.turn(minutes=1)
    juno = story.join("juno")
    square.run(square.chat.say(story.mara, story.room.id, "nachher", "k2"))
    story.hear()

    def texts(who: Caller) -> list[str]:
        lines = square.run(square.chat.recent(who, story.room.id, limit=50))
        return [line.text for line in lines if line.text]

    assert texts(story.mara) == ["vorher", "nachher"]
    assert texts(juno) == ["nachher"]
    for work in (
        square.chat.line(juno, story.room.id, early.id),
        square.chat.retract(juno, story.room.id, early.id),
    ):
        with pytest.raises(NotFound):
            square.run(work)
    assert square.run(square.chat.line(story.mara, story.room.id, early.id)).text == "vorher"
    page = square.run(square.identity.group_page(juno, story.group.slug))
    assert [one.name for one in page.announcements] == ["juno"]


def test_who_comes_back_does_not_read_with_the_eyes_of_before(square: Square) -> None:
    story = Story(square, Preset.AFFINITY)
    juno = story.join("juno")
    square.clock.turn(minutes=1)
    between = square.run(square.chat.say(story.mara, story.room.id, "dabei", "k1"))
    assert square.run(square.chat.line(juno, story.room.id, between.id)).text == "dabei"
    square.run(square.identity.leave(juno, story.group.id))
    square.clock.turn(minutes=1)
    code = square.run(square.identity.make_invite(story.mara, story.group.id))
    square.run(square.identity.join_by_invite(juno, code))
    square.chat.forget_eyes(square.account(juno))
    with pytest.raises(NotFound):
        square.run(square.chat.line(juno, story.room.id, MessageId(between.id)))


def test_messages_end_as_the_group_says_also_those_that_are_there(story: Story) -> None:
    square, identity = story.square, story.square.identity
    square.run(square.chat.say(story.mara, story.room.id, "lang", "k1"))
    label = square.run(square.chat.page(story.mara, story.room.slug)).label
    assert ("identity.label-kept", {"n": 28}) in label
    rules = square.run(identity.rules_of(story.group.id))
    assert rules is not None
    shorter = replace(rules, messages_h=1)
    square.run(identity.change_group(story.mara, story.group.id, "Küche", shorter))
    story.hear()
    label = square.run(square.chat.page(story.mara, story.room.slug)).label
    assert ("identity.label-kept-hours", {"n": 1}) in label
    square.clock.turn(minutes=61)
    assert square.run(square.chat.recent(story.mara, story.room.id, limit=9)) == ()


def test_a_group_keeps_messages_no_longer_than_the_server_allows(square: Square) -> None:
    story = Story(square, Preset.PUBLIC)
    chat = type(square.chat)(
        square.database, square.doors, square.clock, retention_d=7, max_retention_d=90
    )
    label = square.run(chat.page(story.mara, story.room.slug)).label
    assert ("identity.label-kept", {"n": 90}) in label
