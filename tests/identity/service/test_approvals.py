"""A group goes when two of its admins want it, if there are two."""

import pytest

from allmende.core.errors import Conflict, NotAllowed, NotFound, ProofNeeded
from allmende.core.groups import Role
from allmende.storage.deletions import deletions_since
from tests.identity.town import BEGINNING, Town


def test_one_admin_alone_deletes_a_group_with_its_rooms(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    room = town.run(town.identity.group_page(mara, group.slug)).rooms[0]
    assert town.run(town.identity.delete_group(mara, group.id))
    with pytest.raises(NotFound):
        town.run(town.identity.group_page(mara, group.slug))
    assert town.told()[-2:] == ["identity.RoomGone", "identity.GroupGone"]
    gone = town.run(town.database.read(lambda db: deletions_since(db, BEGINNING)))
    assert set(gone) >= {("identity.group", str(group.id)), ("identity.room", str(room.id))}


def test_two_admins_are_needed_where_there_are_two(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, admin=juno, member=kim)
    assert not town.run(town.identity.delete_group(mara, group.id))
    with pytest.raises(Conflict, match="second-admin-needed"):
        town.run(town.identity.delete_group(mara, group.id))
    deletion = town.run(town.identity.group_page(kim, group.slug)).deletion
    assert deletion is not None
    assert deletion.name == "mara"
    assert town.run(town.identity.delete_group(juno, group.id))
    with pytest.raises(NotFound):
        town.run(town.identity.group_page(kim, group.slug))


def test_the_wish_ends_after_14_days_or_when_somebody_takes_it_back(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, admin=juno)
    town.run(town.identity.delete_group(mara, group.id))
    town.run(town.identity.keep_group(juno, group.id))
    with pytest.raises(NotFound, match="nothing-to-keep"):
        town.run(town.identity.keep_group(juno, group.id))
    assert town.run(town.identity.group_page(juno, group.slug)).deletion is None
    town.run(town.identity.delete_group(mara, group.id))
    town.clock.turn(days=15)
    session = town.sign_in("juno")
    fresh = town.run(town.identity.caller(session.token, None))
    assert not town.run(town.identity.delete_group(fresh, group.id))


def test_the_wish_of_somebody_who_is_no_admin_any_more_counts_nothing(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, admin=juno)
    code = town.run(town.identity.make_invite(mara, group.id, Role.ADMIN))
    town.run(town.identity.join_by_invite(kim, code))
    town.run(town.identity.delete_group(juno, group.id))
    town.run(town.identity.set_role(mara, group.id, town.account(juno), Role.MEMBER))
    assert not town.run(town.identity.delete_group(mara, group.id))
    assert town.run(town.identity.delete_group(kim, group.id))


def test_it_is_for_admins_with_a_fresh_proof(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara, facilitator=juno)
    for work in (town.identity.delete_group, town.identity.keep_group):
        with pytest.raises(NotAllowed):
            town.run(work(juno, group.id))
        with pytest.raises(NotFound):
            town.run(work(town.person(f"kim{work.__name__[:4]}"), group.id))
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.delete_group(mara, group.id))
