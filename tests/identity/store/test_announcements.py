"""Rows of announcements and of acts that wait."""

from datetime import timedelta

from sqlalchemy import Connection

from allmende.identity.model.groups import Act
from allmende.identity.store import announcements
from tests.identity.town import BEGINNING, Town

HOUR = timedelta(hours=1)


def test_the_newest_come_first_from_a_time_on(town: Town) -> None:
    mara = town.person("mara")
    group, who = town.group(mara), town.account(mara)

    def change(db: Connection) -> None:
        for n in range(3):
            at = BEGINNING + n * HOUR
            announcements.add_announcement(
                db, group_id=group.id, account_id=who, was="", now=f"r{n}", by=None, at=at
            )

        def read(since: object, most: int) -> list[str]:
            found = announcements.announcements_of(
                db, group.id, BEGINNING + HOUR if since else None, most=most
            )
            return [one.now for one in found]

        assert read(None, 9) == ["r2", "r1", "r0", "admin"]
        assert read(None, 2) == ["r2", "r1"]
        assert read(HOUR, 9) == ["r2", "r1"]

    town.run(town.database.write(change))


def test_one_wish_of_a_kind_waits_for_a_group(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)

    def change(db: Connection) -> None:
        for who in (mara, juno):
            announcements.add_approval(
                db, group.id, Act.DELETE, town.account(who), BEGINNING + HOUR
            )
        found = announcements.find_approval(db, group.id, Act.DELETE, BEGINNING)
        assert found is not None
        assert (found.account_id, found.name) == (town.account(juno), "juno")
        assert announcements.find_approval(db, group.id, Act.DELETE, BEGINNING + HOUR) is None
        assert announcements.end_approval(db, group.id, Act.DELETE)
        assert not announcements.end_approval(db, group.id, Act.DELETE)

    town.run(town.database.write(change))
