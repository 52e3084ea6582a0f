"""Rows of accounts as those see them who look after the server."""

from sqlalchemy import Connection

from allmende.core.accounts import ServerRole
from allmende.identity.model.registration import Mark
from allmende.identity.store import people, registration
from tests.identity.newcomers import Arrivals
from tests.identity.town import Town


def test_accounts_come_in_the_order_of_the_alphabet_with_their_marks(town: Town) -> None:
    arrivals = Arrivals(town)
    kim, juno = (town.account(arrivals.member(name)) for name in ("kim", "juno"))

    def change(db: Connection) -> None:
        registration.set_mark(db, kim, Mark.SUSPICIOUS, on=True)
        both = people.accounts_after(db, "a", most=9)
        assert [one.name for one in both] == ["juno", "kim"]
        assert people.accounts_after(db, "juno", most=9) == both[1:]
        assert people.accounts_after(db, "a", most=1) == both[:1]
        assert people.find_shown(db, "kim") == both[1]
        assert both[1].marks == {Mark.SUSPICIOUS}
        assert people.find_shown(db, "nobody") is None
        assert people.names_of(db, [juno, kim]) == {juno: "juno", kim: "kim"}
        people.set_role(db, juno, ServerRole.OPERATOR)
        assert people.count_role(db, ServerRole.OPERATOR) == 1
        assert people.operators(db) == [juno]

    town.run(town.database.write(change))


def test_how_many_somebody_invited_is_a_number_that_goes_with_the_account(town: Town) -> None:
    juno = town.account(Arrivals(town).member("juno"))

    def change(db: Connection) -> None:
        assert people.people_invited(db, juno) == 0
        people.count_invited(db, juno)
        people.count_invited(db, juno)
        assert people.people_invited(db, juno) == 2
        people.delete_account(db, juno)
        assert people.people_invited(db, juno) == 0

    town.run(town.database.write(change))
