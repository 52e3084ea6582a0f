"""Who may have everything of a group: an admin who has just proved it, and of two the second."""

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import Conflict, NotAllowed, NotFound, ProofNeeded
from allmende.core.groups import Role
from tests.identity.town import Town


def test_the_only_admin_decides_alone(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    assert not town.run(town.identity.handing_out(mara, group.slug)).needs_two
    assert town.run(town.identity.hand_out(mara, group.id))


def test_of_two_admins_the_second_gets_it_and_then_it_begins_anew(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, admin=juno)
    assert not town.run(town.identity.hand_out(mara, group.id))
    shown = town.run(town.identity.handing_out(juno, group.slug))
    assert (shown.asked_by, shown.asked_myself, shown.needs_two) == ("mara", False, True)
    with pytest.raises(Conflict, match="second-admin-needed"):
        town.run(town.identity.hand_out(mara, group.id))
    assert town.run(town.identity.hand_out(juno, group.id))
    assert not town.run(town.identity.hand_out(juno, group.id))


def test_what_one_asked_is_forgotten_after_a_while_or_with_the_role(town: Town) -> None:
    mara, juno, kim = (town.person(name) for name in ("mara", "juno", "kim"))
    group = town.group(mara, admin=juno)
    code = town.run(town.identity.make_invite(mara, group.id, Role.ADMIN))
    town.run(town.identity.join_by_invite(kim, getattr(code, "code", code)))
    town.run(town.identity.hand_out(juno, group.id))
    town.run(town.identity.set_role(mara, group.id, town.account(juno), Role.MEMBER))
    assert town.run(town.identity.handing_out(mara, group.slug)).asked_by == ""
    assert not town.run(town.identity.hand_out(mara, group.id))
    town.clock.turn(days=15)
    assert town.run(town.identity.handing_out(kim, group.slug)).asked_by == ""


def test_everybody_else_is_refused_as_always(town: Town) -> None:
    mara, juno, zoe = (town.person(name) for name in ("mara", "juno", "zoe"))
    group = town.group(mara, facilitator=juno)
    with pytest.raises(NotAllowed):
        town.run(town.identity.hand_out(juno, group.id))
    for who in (zoe, STRANGER):
        with pytest.raises(NotFound):
            town.run(town.identity.hand_out(who, group.id))
        with pytest.raises(NotFound):
            town.run(town.identity.handing_out(who, group.slug))
    with pytest.raises(NotFound):
        town.run(town.identity.handing_out(mara, "nothing"))
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.hand_out(mara, group.id))
