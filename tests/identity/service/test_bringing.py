"""Who may bring others is what each group says, and nobody gives more than they have."""

from dataclasses import replace

import pytest

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.groups import Role
from allmende.identity.service.bringing import require_bringing
from tests.identity.town import Town

BRINGERS = (Role.MEMBER, Role.FACILITATOR, Role.ADMIN)


@pytest.mark.parametrize("least", BRINGERS)
@pytest.mark.parametrize("people", [True, False])
def test_each_setting_lets_those_through_that_it_names(
    town: Town, least: Role, people: bool
) -> None:
    mara = town.person("mara")
    others = {role.value: town.person(role.value + "_x") for role in Role if role is not Role.ADMIN}
    group = town.group(mara, **others)
    rules = town.run(town.identity.rules_of(group.id))
    assert rules is not None
    other = Role.ADMIN if people else least
    wanted = replace(rules, invite_people=least if people else other, invite_members=other)
    town.run(town.identity.change_group(mara, group.id, group.name, wanted))
    for role, who in {**others, "admin": mara}.items():
        may = role != "guest" and BRINGERS.index(Role(role)) >= BRINGERS.index(least)

        def ask(caller: Caller = who) -> object:
            return town.run(
                town.database.read(
                    lambda db: require_bringing(db, caller, group.id, Role.GUEST, people=people)
                )
            )

        if may:
            assert ask() == group
        else:
            with pytest.raises(NotAllowed, match=r"group\.not-allowed"):
                ask()


def test_nobody_gives_more_than_they_have_and_strangers_learn_nothing(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, member=juno)

    def ask(who: Caller, role: Role) -> None:
        town.run(
            town.database.read(lambda db: require_bringing(db, who, group.id, role, people=False))
        )

    ask(juno, Role.MEMBER)
    with pytest.raises(NotAllowed, match="role-above-own"):
        ask(juno, Role.FACILITATOR)
    with pytest.raises(NotFound, match=r"group\.not-found"):
        ask(kim, Role.GUEST)
