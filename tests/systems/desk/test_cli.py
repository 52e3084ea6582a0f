"""What the operator types about groups: counts, and help that the group is told of."""

import json

import pytest

from allmende.core.errors import NotFound
from allmende.identity.model.announcing import Change
from allmende.systems.desk.cli import group as command
from tests.identity.test_cli import typed
from tests.systems.desk.hall import Hall


def test_groups_are_listed_with_counts_and_never_with_names_of_people(hall: Hall) -> None:
    mara, juno = hall.town.person("mara"), hall.town.person("juno")
    group = hall.town.group(mara, member=juno)
    said = typed(hall.town, command, "list")
    assert said == f"{group.slug}  2 members, 1 admins\n"
    found = json.loads(typed(hall.town, command, "list", "--json"))
    assert found == [{"slug": group.slug, "members": 2, "admins": 1}]


def test_a_member_is_made_admin_and_the_group_is_told_who_did_it(hall: Hall) -> None:
    mara, juno = hall.town.person("mara"), hall.town.person("juno")
    hall.town.person("kim")
    group = hall.town.group(mara, member=juno)
    assert "The group was told" in typed(hall.town, command, "admin", group.slug, "Juno")
    newest = hall.town.run(hall.identity.group_page(juno, group.slug)).announcements[0]
    change = Change(newest.was, newest.now, newest.own, newest.by_name is None)
    assert change == Change("member", "admin", by_server=True)
    for slug, name in ((group.slug, "kim"), (group.slug, "noor"), ("nowhere", "juno")):
        with pytest.raises(NotFound):
            typed(hall.town, command, "admin", slug, name)
