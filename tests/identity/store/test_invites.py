"""Rows of invites and budgets."""

from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import GroupId, InviteId
from allmende.identity.model.invites import StoredInvite
from allmende.identity.store import invites
from tests.databases import Place
from tests.identity.store.plans import full_scans
from tests.identity.town import Town


def test_an_invite_is_used_up_one_by_one(town: Town) -> None:
    now = town.clock.now()

    def change(db: Connection) -> None:
        end = now + timedelta(days=1)
        made = StoredInvite(InviteId(0), None, "operator", 2, end)
        number = invites.add_invite(db, made, code_hash="h", words_hash="w")
        assert invites.has_server_invite(db, now)
        kept = StoredInvite(number, None, "operator", 2, end)
        assert invites.find_by_code(db, "h", now) == kept
        assert invites.find_by_words(db, "w", now) == kept
        assert invites.find_by_words(db, "h", now) is None
        assert not invites.take(db, number, end)
        assert [invites.take(db, number, now) for _ in range(3)] == [True, True, False]
        assert not invites.has_server_invite(db, now)

    town.run(town.database.write(change))


def test_a_group_and_an_account_have_their_own_invites(town: Town) -> None:
    now, admin = town.clock.now(), town.person("mara")
    maker, group = town.account(admin), town.group(admin)
    end = now + timedelta(days=1)

    def change(db: Connection) -> None:
        into = StoredInvite(InviteId(0), group.id, "member", 5, end, maker)
        own = StoredInvite(InviteId(0), None, "none", 1, end, maker)
        in_group = invites.add_invite(db, into, code_hash="g", words_hash="gw")
        by_maker = invites.add_invite(db, own, code_hash="o", words_hash="ow")
        assert [i.id for i in invites.invites_into(db, group.id, now)] == [in_group]
        assert [i.id for i in invites.invites_by(db, maker, now)] == [by_maker]
        assert not invites.revoke_own(db, maker, in_group)
        assert not invites.revoke_in_group(db, GroupId(999), in_group)
        assert invites.revoke_own(db, maker, by_maker)
        assert invites.revoke_in_group(db, group.id, in_group)

    town.run(town.database.write(change))


def test_a_budget_counts_until_it_is_over_and_begins_anew(town: Town) -> None:
    now = town.clock.now()
    end = now + timedelta(hours=1)

    def change(db: Connection) -> None:
        for used in range(3):
            assert invites.used(db, "open:1", now) == used
            invites.use_budget(db, "open:1", end, now)
        invites.use_budget(db, "other:1", end, now)
        assert invites.count_budgets(db, "open:", now) == 1
        assert invites.count_budgets(db, "open:", end) == 0
        assert invites.used(db, "open:1", end) == 0
        invites.use_budget(db, "open:1", end + timedelta(hours=1), end)
        assert invites.used(db, "open:1", end) == 1
        invites.forget_budget(db, "open:1")
        assert invites.used(db, "open:1", end) == 0

    town.run(town.database.write(change))


def test_questions_use_indexes(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    town = Town(database)
    assert town.run(database.read(lambda db: full_scans(db, invites))) == []
    database.close()
