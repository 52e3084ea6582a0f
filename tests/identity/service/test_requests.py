"""Requests: one answer, a private link, people who vouch."""

import asyncio

import pytest
from sqlalchemy import Connection, text

from allmende.core.accounts import STRANGER
from allmende.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from allmende.core.ids import RequestId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.registration import Mark, Mode, RequestState
from tests.identity.newcomers import Arrivals
from tests.identity.town import Town


@pytest.fixture
def arrivals(town: Town) -> Arrivals:
    arrivals = Arrivals(town)
    arrivals.mode(Mode.REQUEST)
    return arrivals


def waiting(arrivals: Arrivals) -> RequestId:
    """The number of the only request that waits."""

    def question(db: Connection) -> RequestId:
        found = db.execute(text("SELECT id FROM identity_request WHERE state = 'waiting'"))
        return RequestId(found.scalar_one())

    return arrivals.town.run(arrivals.town.database.read(question))


def test_somebody_asks_waits_and_is_let_in(arrivals: Arrivals) -> None:
    town, token = arrivals.town, arrivals.ask("kim")
    shown = town.run(town.identity.request(token))
    assert (shown.name, shown.state, shown.answer) == ("kim", RequestState.WAITING, "")
    assert not arrivals.signs_in("kim")
    town.run(town.identity.decide(None, waiting(arrivals), grant=True, answer="Willkommen"))
    shown = town.run(town.identity.request(token))
    assert (shown.state, shown.answer) == (RequestState.GRANTED, "Willkommen")
    assert arrivals.signs_in("kim")
    assert town.told()[-2:] == ["identity.AccountMade", "identity.AccountReleased"]


def test_a_refused_request_leaves_the_answer_and_nothing_else(arrivals: Arrivals) -> None:
    town, token = arrivals.town, arrivals.ask("kim", "Mein Geheimnis")
    town.run(town.identity.decide(None, waiting(arrivals), grant=False, answer="Zu voll"))
    shown = town.run(town.identity.request(token))
    assert (shown.state, shown.answer, shown.name) == (RequestState.DECLINED, "Zu voll", "")
    assert arrivals.state("kim") is None
    assert arrivals.ask("kim"), "the name was never one and is free again"

    def body(db: Connection) -> str:
        return str(db.execute(text("SELECT * FROM identity_request")).all())

    assert "Geheimnis" not in town.run(town.database.read(body))


def test_a_request_can_be_taken_back(arrivals: Arrivals) -> None:
    town, token = arrivals.town, arrivals.ask("kim")
    town.run(town.identity.withdraw(token))
    assert town.run(town.identity.request(token)).state is RequestState.WITHDRAWN
    assert arrivals.state("kim") is None
    with pytest.raises(Conflict, match="request-answered"):
        town.run(town.identity.withdraw(token))


def test_of_two_answers_the_first_counts(arrivals: Arrivals) -> None:
    town = arrivals.town
    arrivals.ask("kim")
    number = waiting(arrivals)

    async def both() -> list[object]:
        answers = [town.identity.decide(None, number, grant=grant) for grant in (True, False)]
        return list(await asyncio.gather(*answers, return_exceptions=True))

    results = town.run(both())
    assert sum(isinstance(result, Conflict) for result in results) == 1
    with pytest.raises(NotFound):
        town.run(town.identity.decide(None, RequestId(999), grant=True))


def test_two_members_who_vouch_let_somebody_in(arrivals: Arrivals) -> None:
    town = arrivals.town
    one, other = arrivals.member("juno"), arrivals.old_member("robin")
    token = arrivals.ask("kim", "Ich bin die aus der Küche.")
    vouch = town.run(town.identity.request(token)).vouch_token
    shown = town.run(town.identity.vouch_shown(one, vouch))
    assert (shown.name, shown.body, shown.mine) == ("kim", "Ich bin die aus der Küche.", False)
    assert not town.run(town.identity.vouch(one, vouch))
    assert not town.run(town.identity.vouch(one, vouch)), "twice counts once"
    assert town.run(town.identity.request(token)).vouches == 1
    assert town.run(town.identity.vouch(other, vouch))
    assert arrivals.signs_in("kim")
    with pytest.raises(NotFound):
        town.run(town.identity.vouch(other, vouch))


def test_new_and_suspicious_accounts_vouch_for_nobody(arrivals: Arrivals) -> None:
    town = arrivals.town
    watched, new = arrivals.old_member("juno"), arrivals.member("robin")
    town.run(town.identity.set_mark(None, "juno", Mark.SUSPICIOUS, on=True))
    vouch = town.run(town.identity.request(arrivals.ask("kim"))).vouch_token
    for who in (watched, new):
        with pytest.raises(NotAllowed, match="vouch-not-yet"):
            town.run(town.identity.vouch(who, vouch))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.vouch(STRANGER, vouch))


def test_vouching_can_be_switched_off(arrivals: Arrivals) -> None:
    town, who = arrivals.town, arrivals.old_member("juno")
    token = arrivals.ask("kim")
    vouch = town.run(town.identity.request(token)).vouch_token
    arrivals.mode(Mode.REQUEST, vouching=False)
    assert town.run(town.identity.request(token)).vouch_token == ""
    with pytest.raises(NotFound):
        town.run(town.identity.vouch(who, vouch))


@pytest.mark.parametrize("token", ["", "x", "\ud800", "A" * 700])
def test_forged_keys_lead_nowhere(arrivals: Arrivals, token: str) -> None:
    town, who = arrivals.town, arrivals.member("juno")
    with pytest.raises(NotFound, match="no-such-request"):
        town.run(town.identity.request(token))
    with pytest.raises(NotFound, match="no-such-request"):
        town.run(town.identity.vouch_shown(who, token))


def test_unanswered_for_60_days_is_closed_and_all_is_gone_a_month_later(
    arrivals: Arrivals,
) -> None:
    town, token = arrivals.town, arrivals.ask("kim")
    town.clock.turn(days=59)
    assert town.run(town.identity.end_requests()) == 0
    town.clock.turn(days=1)
    assert town.run(town.identity.end_requests()) == 1
    assert town.run(town.identity.request(token)).state is RequestState.EXPIRED
    assert arrivals.state("kim") is None
    town.clock.turn(days=30)
    assert town.run(town.identity.end_requests()) == 1
    with pytest.raises(NotFound):
        town.run(town.identity.request(token))


def test_a_granted_request_is_wiped_and_the_account_stays(arrivals: Arrivals) -> None:
    town = arrivals.town
    arrivals.ask("kim")
    town.run(town.identity.release(None, "kim"))
    town.clock.turn(days=30)
    assert town.run(town.identity.end_requests()) == 1
    assert arrivals.state("kim") is AccountState.ACTIVE
