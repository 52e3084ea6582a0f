"""Roles, leaving and coming back, handing over, names in a group."""

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId
from tests.identity.town import Town


def roles(town: Town, who: Caller, group: Group) -> dict[str, str]:
    page = town.run(town.identity.group_page(who, group.slug))
    return {member.name: member.role.value for member in page.members}


def test_the_last_admin_hands_over_and_may_go_then(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    with pytest.raises(Conflict, match="last-admin"):
        town.run(town.identity.leave(mara, group.id))
    town.run(town.identity.hand_over(mara, group.id, town.account(juno)))
    assert roles(town, mara, group) == {"mara": "member", "juno": "admin"}
    town.run(town.identity.leave(mara, group.id))
    assert roles(town, juno, group) == {"juno": "admin"}


def test_handing_over_is_for_admins_and_to_another_member(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    told = len(town.told())
    for who, to, refusal in (
        (juno, town.account(juno), InvalidInput),
        (juno, town.account(mara), NotAllowed),
        (mara, town.account(mara), InvalidInput),
        (mara, AccountId(999), NotFound),
        (town.person("kim"), town.account(juno), NotFound),
    ):
        with pytest.raises(refusal):
            town.run(town.identity.hand_over(who, group.id, to))
    assert "identity.MembershipChanged" not in town.told()[told:]


def test_leaving_is_undone_within_seconds_by_the_same_person_alone(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, facilitator=juno)
    token = town.run(town.identity.leave(juno, group.id))
    assert town.run(town.identity.left_group(juno, token)) == group
    for who, wrong in ((mara, token), (juno, token + "x"), (juno, "x")):
        with pytest.raises(NotFound, match="left-too-long-ago"):
            town.run(town.identity.come_back(who, wrong))
    town.clock.turn(seconds=10)
    assert town.run(town.identity.come_back(juno, token)) == group
    assert roles(town, juno, group)["juno"] == "facilitator"
    assert town.told()[-2:] == ["identity.MembershipChanged"] * 2
    town.run(town.identity.leave(juno, group.id))
    town.clock.turn(seconds=30)
    with pytest.raises(NotFound, match="left-too-long-ago"):
        town.run(town.identity.come_back(juno, token))


def test_a_group_that_is_gone_takes_nobody_back(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    token = town.run(town.identity.leave(juno, group.id))
    assert town.run(town.identity.delete_group(mara, group.id))
    for work in (town.identity.left_group(juno, token), town.identity.come_back(juno, token)):
        with pytest.raises(NotFound, match="left-too-long-ago"):
            town.run(work)


def test_a_name_in_the_group_is_shown_there_and_like_nobody_elses(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    room = town.run(town.identity.group_page(juno, group.slug)).rooms[0]
    town.run(town.identity.set_display(juno, group.id, " Frau  Sommer "))
    page = town.run(town.identity.group_page(juno, group.slug))
    assert [(one.name, one.display) for one in page.members] == [
        ("juno", "Frau Sommer"),
        ("mara", ""),
    ]
    assert page.display == "Frau Sommer"
    assert town.run(town.identity.entrance(juno, room.slug, None)).name == "Frau Sommer"
    for taken in ("MARA", "rnara", "frau sornmer"):
        who = mara if "rau" in taken else juno
        with pytest.raises(Conflict, match="display-taken"):
            town.run(town.identity.set_display(who, group.id, taken))
    with pytest.raises(InvalidInput):
        town.run(town.identity.set_display(juno, group.id, "x" * 61))
    with pytest.raises(NotFound):
        town.run(town.identity.set_display(town.person("kim"), group.id, "Kim"))
    town.run(town.identity.set_display(juno, group.id, " "))
    assert town.run(town.identity.group_page(juno, group.slug)).display == ""


def test_nobody_outside_sees_or_changes_members(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara)
    for work in (
        town.identity.set_role(juno, group.id, town.account(mara), Role.MEMBER),
        town.identity.remove_member(juno, group.id, town.account(mara)),
        town.identity.leave(juno, group.id),
    ):
        with pytest.raises(NotFound):
            town.run(work)
