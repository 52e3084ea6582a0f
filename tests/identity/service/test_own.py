"""What a program asks first."""

import pytest

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import NotSignedIn
from allmende.core.ids import AppPasswordId
from tests.identity.town import Town


def test_one_learns_ones_name_scopes_and_the_rooms_of_ones_groups(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group, hers = town.group(mara), town.group(juno, member=mara)
    town.group(juno)
    bot = Caller(
        mara.account_id, app_password_id=AppPasswordId(1), scopes=frozenset({Scope.CHAT_READ})
    )
    own = town.run(town.identity.own(bot))
    assert (own.name, own.scopes) == ("mara", frozenset({Scope.CHAT_READ}))
    assert {found.id for found, _ in own.rooms} == {group.id, hers.id}
    assert {room.group_id for _, room in own.rooms} == {group.id, hers.id}
    assert town.run(town.identity.own(mara)).scopes == frozenset()


def test_a_stranger_owns_nothing(town: Town) -> None:
    with pytest.raises(NotSignedIn):
        town.run(town.identity.own(STRANGER))
