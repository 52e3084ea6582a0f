"""One inbox for each person: told once, read once, silent where the person wants that."""

from datetime import timedelta

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput, NotFound, NotSignedIn
from allmende.core.groups import Group
from allmende.core.ids import GroupId, NoticeId
from allmende.storage.database import Database
from allmende.storage.outbox import newest_fact
from allmende.systems.desk.model.notices import (
    MAX_ENDPOINT_CHARS,
    MAX_NOTICES,
    PUSH_WAITS,
    DuePush,
    Level,
    QuietHours,
)
from allmende.systems.desk.service.notices import Device, Inbox, NoticeService
from tests.identity.town import Town


class Desk:
    """The service with people in it."""

    def __init__(self, database: Database) -> None:
        self.town = Town(database)
        self.database = database
        self.notices = NoticeService(database, self.town.clock)
        self.mara = self.town.person("mara")
        self.juno = self.town.person("juno")

    def tell(self, who: Caller, text: str = "desk.push-waits", **more: object) -> None:
        group = more.pop("group", None)
        group_id = group.id if isinstance(group, Group) else None
        once = str(more.pop("once", ""))
        self.town.run(
            self.notices.tell(
                self.town.account(who), text, {"n": "1"}, "/me", group_id=group_id, once=once
            )
        )

    def inbox(self, who: Caller) -> Inbox:
        return self.town.run(self.notices.inbox(who))

    def ring(self, who: Caller, **device: object) -> None:
        known: dict[str, object] = {
            "endpoint": "https://push.example/1",
            "key": "k",
            "auth": "a",
            "shows_text": False,
            "language": "de",
        }
        self.town.run(self.notices.ring_here(who, Device(**{**known, **device})))  # type: ignore[arg-type]  # a table of fields

    def due(self) -> list[DuePush]:
        found, _ = self.town.run(self.notices.due())
        return list(found)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_what_is_told_stands_in_ones_own_inbox_alone_newest_first(desk: Desk) -> None:
    desk.tell(desk.mara, "desk.push-waits")
    desk.tell(desk.mara, "desk.push-new-in")
    told = desk.inbox(desk.mara).notices
    assert [notice.message_id for notice in told] == ["desk.push-new-in", "desk.push-waits"]
    assert desk.inbox(desk.juno).notices == []


def test_the_same_thing_is_told_once(desk: Desk) -> None:
    for _ in range(3):
        desk.tell(desk.mara, once="request 5")
        desk.tell(desk.juno, once="request 5")
    assert len(desk.inbox(desk.mara).notices) == 1
    assert len(desk.inbox(desk.juno).notices) == 1


def test_reading_is_shared_and_marks_what_was_on_the_page(desk: Desk) -> None:
    desk.tell(desk.mara)
    desk.tell(desk.mara)
    seen = desk.inbox(desk.mara).notices[0].id
    desk.tell(desk.mara)
    desk.town.run(desk.notices.read_all(desk.mara, seen))
    assert [notice.is_read for notice in desk.inbox(desk.mara).notices] == [False, True, True]
    assert desk.town.run(desk.notices.unread(desk.mara)) == 1
    assert desk.town.run(desk.notices.unread(Caller())) == 0


def test_a_notice_leads_somewhere_and_only_its_own_person(desk: Desk) -> None:
    desk.tell(desk.mara)
    [notice] = desk.inbox(desk.mara).notices
    with pytest.raises(NotFound):
        desk.town.run(desk.notices.opened(desk.juno, notice.id))
    assert desk.town.run(desk.notices.opened(desk.mara, notice.id)) == "/me"
    assert desk.town.run(desk.notices.unread(desk.mara)) == 0
    with pytest.raises(NotFound):
        desk.town.run(desk.notices.opened(desk.mara, NoticeId(notice.id + 99)))


@pytest.mark.slow
def test_an_inbox_keeps_the_newest(desk: Desk) -> None:
    for _ in range(MAX_NOTICES + 3):
        desk.tell(desk.mara)
    assert len(desk.inbox(desk.mara).notices) == MAX_NOTICES


def test_a_group_can_be_silent_or_gone_from_the_list(desk: Desk) -> None:
    group = desk.town.group(desk.mara)
    desk.ring(desk.mara)
    desk.town.run(desk.notices.choose(desk.mara, group.id, Level.NONE))
    desk.tell(desk.mara, group=group)
    assert desk.inbox(desk.mara).notices == []
    desk.town.run(desk.notices.choose(desk.mara, group.id, Level.INBOX))
    desk.tell(desk.mara, group=group)
    assert len(desk.inbox(desk.mara).notices) == 1
    assert desk.due() == []
    desk.town.run(desk.notices.choose(desk.mara, group.id, Level.ALL))
    desk.tell(desk.mara, group=group)
    assert len(desk.due()) == 1
    assert [one.level for one in desk.inbox(desk.mara).levels] == [Level.ALL]


def test_nobody_chooses_for_a_group_they_are_not_in(desk: Desk) -> None:
    group = desk.town.group(desk.mara)
    for group_id in (group.id, GroupId(group.id + 99)):
        with pytest.raises(NotFound):
            desk.town.run(desk.notices.choose(desk.juno, group_id, Level.NONE))


def test_quiet_hours_put_the_ringing_off(desk: Desk) -> None:
    desk.ring(desk.mara)
    quiet = QuietHours(20 * 60, 8 * 60, "Europe/Berlin")
    desk.town.run(desk.notices.keep_quiet(desk.mara, quiet))
    assert desk.inbox(desk.mara).quiet == quiet
    desk.tell(desk.mara)
    assert desk.due() == []
    assert len(desk.inbox(desk.mara).notices) == 1
    desk.town.clock.turn(hours=11)
    assert len(desk.due()) == 1
    desk.town.run(desk.notices.keep_quiet(desk.mara, None))
    assert desk.inbox(desk.mara).quiet is None


def test_a_zone_that_nobody_knows_is_refused(desk: Desk) -> None:
    for zone in ("Mars/Base", "", "../../etc/passwd"):
        with pytest.raises(InvalidInput):
            desk.town.run(desk.notices.keep_quiet(desk.mara, QuietHours(0, 1, zone)))
    assert desk.inbox(desk.mara).quiet is None


def test_a_device_rings_until_its_session_ends(desk: Desk) -> None:
    desk.ring(desk.mara)
    desk.ring(desk.mara, shows_text=True)
    device = desk.inbox(desk.mara).device
    assert device is not None
    assert device.shows_text
    desk.tell(desk.mara)
    assert len(desk.due()) == 1
    desk.town.run(desk.town.identity.sign_out(desk.mara))
    assert desk.due() == []


def test_a_device_that_is_silent_is_not_rung(desk: Desk) -> None:
    desk.ring(desk.mara)
    desk.town.run(desk.notices.ring_no_more(desk.mara))
    desk.tell(desk.mara)
    assert desk.due() == []


def test_only_a_browser_that_is_signed_in_can_be_rung(desk: Desk) -> None:
    with pytest.raises(NotSignedIn):
        desk.ring(Caller())
    with pytest.raises(NotSignedIn):
        desk.ring(Caller(account_id=desk.mara.account_id))
    with pytest.raises(NotSignedIn):
        desk.town.run(desk.notices.ring_no_more(Caller()))
    with pytest.raises(InvalidInput):
        desk.ring(desk.mara, endpoint="https://x/" + "x" * MAX_ENDPOINT_CHARS)


def test_a_push_that_fails_is_tried_a_few_times_and_the_notice_stays(desk: Desk) -> None:
    desk.ring(desk.mara)
    desk.tell(desk.mara)
    for wait in PUSH_WAITS:
        [due] = desk.due()
        desk.town.run(desk.notices.failed(due))
        assert desk.due() == []
        desk.town.clock.turn(seconds=wait / timedelta(seconds=1))
    [due] = desk.due()
    desk.town.run(desk.notices.failed(due))
    desk.town.clock.turn(days=1)
    assert desk.due() == []
    assert len(desk.inbox(desk.mara).notices) == 1


def test_a_device_that_its_service_forgot_is_forgotten_here(desk: Desk) -> None:
    desk.ring(desk.mara)
    desk.tell(desk.mara)
    [due] = desk.due()
    desk.town.run(desk.notices.unknown_there(due))
    assert desk.inbox(desk.mara).device is None
    assert desk.due() == []


def test_an_account_that_is_gone_is_told_nothing(desk: Desk) -> None:
    desk.town.run(desk.town.identity.remove_account("juno"))
    before = desk.town.run(desk.database.read(newest_fact))
    desk.tell(desk.juno)
    assert desk.town.run(desk.database.read(newest_fact)) == before
