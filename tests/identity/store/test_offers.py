"""Rows of offered places."""

from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.groups import Role
from allmende.identity.store import offers
from tests.identity.town import BEGINNING, Town

ENDS = BEGINNING + timedelta(days=30)


def test_a_name_is_offered_one_place_in_a_group_until_it_ends(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group, who = town.group(mara), town.account(juno)

    def change(db: Connection) -> None:
        for role in (Role.MEMBER, Role.GUEST):
            offers.add_offer(
                db,
                group_id=group.id,
                typed="juno",
                account_id=who,
                by=town.account(mara),
                role=role,
                ends_at=ENDS,
            )
        assert offers.count_offers(db, group.id, BEGINNING) == 1
        assert offers.count_offers(db, group.id, ENDS) == 0
        (offer,) = offers.offers_of_group(db, group.id, BEGINNING)
        assert (offer.typed, offer.role) == ("juno", Role.GUEST)
        assert [one.id for one in offers.offers_of_account(db, who, BEGINNING)] == [offer.id]
        assert offers.offers_of_account(db, who, ENDS) == []
        found = offers.find_offer(db, offer.id, BEGINNING)
        assert found is not None
        assert (found.account_id, found.by_account_id) == (who, town.account(mara))
        assert not offers.decline_offer(db, offer.id, town.account(mara))
        assert offers.decline_offer(db, offer.id, who)
        offers.forget_offers(db, group.id, who)
        assert offers.revoke_offer(db, group.id, offer.id)
        assert offers.find_offer(db, offer.id, BEGINNING) is None

    town.run(town.database.write(change))
