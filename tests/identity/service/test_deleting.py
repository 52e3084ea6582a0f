"""How an account or a group goes: everything in one change, and who has to know is told."""

import asyncio

from sqlalchemy import Connection

from allmende.identity.service.deleting import erase_account, erase_group
from allmende.identity.service.rules import require_account
from allmende.storage.deletions import deletions_since
from allmende.storage.types import EPOCH
from tests.identity.town import Town


def test_a_group_goes_with_its_rooms_and_both_are_noted(town: Town) -> None:
    mara = town.person("mara")
    group = town.group(mara)
    town.run(town.identity.make_room(mara, group.id, "Werkstatt"))
    now = town.clock.now()
    asyncio.run(town.database.write(lambda db: erase_group(db, group.id, now)))
    told = town.told()
    assert told[-3:] == ["identity.RoomGone", "identity.RoomGone", "identity.GroupGone"]
    noted = asyncio.run(town.database.read(lambda db: deletions_since(db, EPOCH)))
    assert [kind for kind, _ in noted] == ["identity.group", "identity.room", "identity.room"]
    assert town.run(town.identity.groups_of(mara)) == []


def test_of_the_highest_role_the_longest_member_becomes_admin(town: Town) -> None:
    mara, juno, kim = (town.person(name) for name in ("mara", "juno", "kim"))
    group = town.group(mara, member=juno, facilitator=kim)
    account_id, now = town.account(mara), town.clock.now()

    def change(db: Connection) -> None:
        erase_account(db, require_account(db, account_id), b"k" * 32, now, by_self=False)

    asyncio.run(town.database.write(change))
    members = town.run(town.identity.group_page(kim, group.slug)).members
    assert {one.name: one.role.value for one in members} == {"juno": "member", "kim": "admin"}
    assert town.told()[-3:] == [
        "identity.MembershipChanged",
        "identity.MembershipChanged",
        "identity.AccountGone",
    ]
