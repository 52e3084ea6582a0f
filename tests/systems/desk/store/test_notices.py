"""Rows of inboxes, on both databases."""

import asyncio

from sqlalchemy import Connection

from allmende.core.ids import AccountId, GroupId, NoticeId
from allmende.storage.database import Database
from allmende.systems.desk.model.notices import Level, Notice, QuietHours
from allmende.systems.desk.store import notices
from tests.identity.town import BEGINNING, Town

NIGHT = QuietHours(1320, 420, "Europe/Berlin")


def notice(text: str) -> Notice:
    return Notice(NoticeId(0), text, {"group": "Küche"}, "/me", False, BEGINNING)


def account_in(database: Database) -> AccountId:
    town = Town(database)
    return town.account(town.person("mara"))


def test_a_notice_comes_back_as_it_was_told(database: Database) -> None:
    own = account_in(database)

    def story(db: Connection) -> None:
        first = notices.add_notice(db, own, notice("a"), once="1", most=2)
        assert first is not None
        assert notices.add_notice(db, own, notice("b"), once="1", most=2) is None
        assert notices.find_notice(db, own, first) == Notice(
            first, "a", {"group": "Küche"}, "/me", False, BEGINNING
        )
        assert notices.find_notice(db, AccountId(own + 1), first) is None
        for once in ("2", "3"):
            notices.add_notice(db, own, notice(once), once=once, most=2)
        assert [one.message_id for one in notices.inbox(db, own, 5)] == ["3", "2"]
        assert notices.mark_read(db, own, notices.inbox(db, own, 1)[0].id) == 2
        assert notices.unread(db, own) == 0

    asyncio.run(database.write(story))


def test_levels_and_quiet_hours_are_replaced(database: Database) -> None:
    town = Town(database)
    mara = town.person("mara")
    own, group = town.account(mara), town.group(mara)

    def story(db: Connection) -> None:
        assert notices.level_of(db, own, group.id) is Level.ALL
        for level in (Level.NONE, Level.INBOX):
            notices.set_level(db, own, group.id, level)
        assert notices.levels(db, own) == {group.id: Level.INBOX}
        notices.set_level(db, own, group.id, Level.ALL)
        assert notices.levels(db, own) == {}
        assert notices.level_of(db, own, GroupId(group.id + 1)) is Level.ALL
        assert notices.quiet_of(db, own) is None
        notices.set_quiet(db, own, QuietHours(0, 1, "UTC"))
        notices.set_quiet(db, own, NIGHT)
        assert notices.quiet_of(db, own) == NIGHT
        notices.set_quiet(db, own, None)
        assert notices.quiet_of(db, own) is None

    asyncio.run(database.write(story))
