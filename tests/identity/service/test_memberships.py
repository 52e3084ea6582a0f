"""The one door: the row, what the group is shown and the fact are one change."""

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.groups import Announcement, Preset
from allmende.identity.service import memberships
from allmende.identity.store import announcements, groups
from tests.identity.town import BEGINNING, Town


def shown(town: Town, group_id: GroupId) -> list[tuple[str, str, str, str | None]]:
    def question(db: Connection) -> list[Announcement]:
        return list(announcements.announcements_of(db, group_id, None, most=9))

    found = town.run(town.database.read(question))
    return [(one.was, one.now, one.name, one.by_name) for one in reversed(found)]


def test_each_change_is_shown_and_told_and_nothing_else_is(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group, who, by = town.group(mara), town.account(juno), town.account(mara)
    told = len(town.told())

    def change(db: Connection) -> None:
        memberships.enter_group(db, group.id, who, Role.MEMBER, BEGINNING, by=who)
        memberships.enter_group(db, group.id, who, Role.ADMIN, BEGINNING, by=who)
        memberships.change_role(db, group.id, who, Role.GUEST, BEGINNING, by=by)
        memberships.change_role(db, group.id, who, Role.GUEST, BEGINNING, by=by)
        memberships.leave_group(db, group.id, who, BEGINNING, by=None)
        memberships.leave_group(db, group.id, who, BEGINNING, by=None)
        memberships.change_role(db, group.id, AccountId(999), Role.GUEST, BEGINNING, by=by)

    town.run(town.database.write(change))
    assert shown(town, group.id)[1:] == [
        ("", "member", "juno", "juno"),
        ("member", "guest", "juno", "mara"),
        ("guest", "", "juno", None),
    ]
    assert town.told()[told:] == ["identity.MembershipChanged"] * 3


def test_where_there_is_no_history_for_newcomers_they_read_from_now_on(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    for preset, since in ((Preset.AFFINITY, BEGINNING), (Preset.WORKING, None)):
        group = town.run(town.identity.make_group(mara, "Küche", preset))

        def change(db: Connection, group_id: GroupId = group.id) -> object:
            who = town.account(juno)
            memberships.enter_group(db, group_id, who, Role.MEMBER, BEGINNING, by=who)
            found = groups.find_membership(db, group_id, who)
            return None if found is None else found.reads_from

        assert town.run(town.database.write(change)) == since


def test_a_restore_is_told_to_every_group(town: Town) -> None:
    mara = town.person("mara")
    both = [town.group(mara), town.group(mara)]
    town.run(town.database.write(lambda db: memberships.tell_restored(db, BEGINNING)))
    assert town.told()[-2:] == ["identity.GroupRestored"] * 2
    for group in both:
        assert shown(town, group.id)[-1] == ("", "", "", None)
