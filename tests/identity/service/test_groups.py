"""Groups: who is in, and that every change is told."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from allmende.core.groups import Role
from allmende.core.ids import AccountId, InviteId
from tests.identity.town import Town


def test_a_new_group_has_one_room_and_its_maker_as_admin(town: Town) -> None:
    mara = town.person("mara")
    group = town.run(town.identity.make_group(mara, " Küche  für alle "))
    page = town.run(town.identity.group_page(mara, group.slug))
    assert group.name == "Küche für alle"
    assert group.slug.startswith("kueche-fuer-alle-")
    assert [room.name for room in page.rooms] == ["Küche für alle"]
    assert [(member.name, member.role) for member in page.members] == [("mara", "admin")]
    assert town.told()[-2:] == ["identity.MembershipChanged", "identity.RoomMade"]


def test_a_group_needs_an_account_and_a_name(town: Town) -> None:
    with pytest.raises(NotSignedIn):
        town.run(town.identity.make_group(STRANGER, "Küche"))
    mara = town.person("mara")
    with pytest.raises(InvalidInput):
        town.run(town.identity.make_group(mara, " "))
    assert town.run(town.identity.groups_of(mara)) == []


def test_only_members_see_the_page_and_only_admins_the_invites(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    assert town.run(town.identity.group_page(mara, group.slug)).invites
    assert town.run(town.identity.group_page(juno, group.slug)).invites == []
    for who, slug in ((town.person("kim"), group.slug), (STRANGER, group.slug), (mara, "x")):
        with pytest.raises(NotFound, match=r"group\.not-found"):
            town.run(town.identity.group_page(who, slug))


def test_roles_change_and_it_is_told(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    told = len(town.told())
    town.run(town.identity.set_role(mara, group.id, town.account(juno), Role.FACILITATOR))
    town.run(town.identity.set_role(mara, group.id, town.account(juno), Role.FACILITATOR))
    assert town.told()[told:] == ["identity.MembershipChanged"]
    assert town.run(town.identity.groups_of(juno))[0].role == "facilitator"
    with pytest.raises(NotAllowed):
        town.run(town.identity.set_role(juno, group.id, town.account(mara), Role.MEMBER))
    with pytest.raises(NotFound):
        town.run(town.identity.set_role(mara, group.id, AccountId(999), Role.MEMBER))


def test_the_last_admin_cannot_leave_nor_step_down_nor_be_removed(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, member=juno)
    mine = town.account(mara)
    for work in (
        town.identity.leave(mara, group.id),
        town.identity.set_role(mara, group.id, mine, Role.MEMBER),
        town.identity.remove_member(mara, group.id, mine),
    ):
        with pytest.raises(Conflict, match="last-admin"):
            town.run(work)
    town.run(town.identity.set_role(mara, group.id, town.account(juno), Role.ADMIN))
    town.run(town.identity.leave(mara, group.id))
    assert town.run(town.identity.groups_of(mara)) == []


def test_leaving_and_removing_are_told(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, member=juno, facilitator=kim)
    told = len(town.told())
    town.run(town.identity.leave(juno, group.id))
    town.run(town.identity.remove_member(mara, group.id, town.account(kim)))
    assert town.told()[told:] == ["identity.MembershipChanged"] * 2
    with pytest.raises(NotFound):
        town.run(town.identity.leave(juno, group.id))
    with pytest.raises(NotFound, match="no-such-member"):
        town.run(town.identity.remove_member(mara, group.id, town.account(kim)))


@pytest.mark.parametrize(("uses", "days"), [(0, 7), (51, 7), (1, 0), (1, 31)])
def test_invites_have_limits(town: Town, uses: int, days: int) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    with pytest.raises(InvalidInput, match="number-out-of-range"):
        town.run(town.identity.make_invite(mara, group.id, Role.MEMBER, uses, days))


def test_members_cannot_invite_and_nobody_revokes_invites_of_others(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group, other = town.group(mara, member=juno), town.group(juno)
    town.run(town.identity.make_invite(juno, other.id))
    theirs = town.run(town.identity.group_page(juno, other.slug)).invites[0]
    with pytest.raises(NotAllowed):
        town.run(town.identity.make_invite(juno, group.id))
    for invite_id in (theirs.id, InviteId(999)):
        with pytest.raises(NotFound):
            town.run(town.identity.revoke_invite(mara, group.id, invite_id))
