from allmende.core.groups import Group, Role
from allmende.core.ids import GroupId


def test_roles_are_defined_from_the_least_to_the_most() -> None:
    assert list(Role) == [Role.GUEST, Role.MEMBER, Role.FACILITATOR, Role.ADMIN]
    assert [str(role) for role in Role] == ["guest", "member", "facilitator", "admin"]


def test_a_group_is_a_value() -> None:
    assert Group(GroupId(1), "garden", "Garden") == Group(GroupId(1), "garden", "Garden")
