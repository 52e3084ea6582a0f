import re
from itertools import pairwise

import pytest

from allmende.core.accounts import ServerRole
from allmende.core.groups import Role
from allmende.core.permissions import (
    BY_LINK,
    BY_ROLE,
    BY_SERVER_ROLE,
    GUESTS_SHARE,
    MEMBERS_LISTEN,
    Permission,
)
from allmende.core.rooms import LinkRight


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_is_system_and_verb_and_somebody_has_it(permission: Permission) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", permission)
    held = BY_ROLE[Role.ADMIN], BY_SERVER_ROLE[ServerRole.OPERATOR], MEMBERS_LISTEN
    assert sum(permission in rights for rights in held) == 1


def test_every_role_has_the_rights_of_the_role_below() -> None:
    assert list(BY_ROLE) == list(Role)
    for below, above in pairwise(Role):
        assert BY_ROLE[below] < BY_ROLE[above]


def test_every_server_role_has_the_rights_of_the_role_below_and_none_in_groups() -> None:
    assert list(BY_SERVER_ROLE) == list(ServerRole)
    for below, above in pairwise(ServerRole):
        assert BY_SERVER_ROLE[below] < BY_SERVER_ROLE[above]
    assert not BY_SERVER_ROLE[ServerRole.OPERATOR] & BY_ROLE[Role.ADMIN]


def test_every_link_has_the_rights_of_the_link_below() -> None:
    assert list(BY_LINK) == list(LinkRight)
    for below, above in pairwise(LinkRight):
        assert BY_LINK[below] < BY_LINK[above]


def test_no_link_gives_what_belongs_to_members() -> None:
    for rights in BY_LINK.values():
        assert not rights & {
            Permission.GROUP_SEE,
            Permission.GROUP_INVITE,
            Permission.GROUP_ADMINISTER,
            Permission.ROOM_ADMINISTER,
            Permission.ROOM_MAKE,
        }


def test_who_only_listens_neither_writes_nor_speaks() -> None:
    listening = BY_LINK[LinkRight.LISTEN]
    assert not listening & {Permission.CHAT_WRITE, Permission.MEET_SPEAK, *GUESTS_SHARE}
