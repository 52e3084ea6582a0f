"""Rows of groups, memberships and invites."""

from sqlalchemy import Connection

from allmende.core.groups import Group, Role
from allmende.identity.store import groups
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import Town


def test_groups_and_memberships_come_back_as_they_went(town: Town) -> None:
    who, now = town.account(town.person("mara")), town.clock.now()

    def change(db: Connection) -> None:
        group = groups.add_group(db, slug="kueche", name="Küche")
        assert groups.find_group(db, group.id) == group == Group(group.id, "kueche", "Küche")
        assert groups.find_group_by_slug(db, "kueche") == group
        groups.add_member(db, group_id=group.id, account_id=who, role=Role.MEMBER, now=now)
        assert groups.find_role(db, group.id, who) is Role.MEMBER
        groups.set_role(db, group.id, who, Role.ADMIN)
        assert groups.admins(db, group.id) == [who]
        assert [m.role for m in groups.members(db, group.id)] == [Role.ADMIN]
        assert [m.group for m in groups.groups_of(db, who)] == [group]
        assert groups.remove_member(db, group.id, who)
        assert not groups.remove_member(db, group.id, who)

    town.run(town.database.write(change))


def test_questions_use_indexes(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    town = Town(database)
    assert town.run(database.read(lambda db: full_scans(db, groups))) == []
    database.close()
