"""How accounts are made, and what holds a rush back."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.core.rooms import LinkRight
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.model.registration import (
    UNDECIDED_PER_HOUR,
    WAVE_SIGN_UPS,
    Mark,
    Mode,
    Why,
)
from allmende.identity.store.tables.accounts import invite_budgets, origins
from tests.identity.newcomers import Arrivals
from tests.identity.town import GOOD, Town


@pytest.fixture
def arrivals(town: Town) -> Arrivals:
    return Arrivals(town)


def test_an_invite_into_a_group_makes_a_member_who_is_no_operator(arrivals: Arrivals) -> None:
    town = arrivals.town
    admin = town.person("mara")
    group = town.group(admin)
    code = town.run(town.identity.make_invite(admin, group.id, uses=1))
    who = arrivals.come(code, "juno").caller
    assert not town.run(town.identity.person(who)).operator
    assert [m.role for m in town.run(town.identity.groups_of(who))] == ["member"]
    assert town.told()[-2:] == ["identity.AccountMade", "identity.MembershipChanged"]
    with pytest.raises(NotFound, match="invite-not-valid"):
        arrivals.come(code, "kim")


def test_six_words_make_an_account_too(arrivals: Arrivals) -> None:
    town = arrivals.town
    who = arrivals.old_member("juno")
    words = town.run(town.identity.make_own_invite(who)).words.text("de")
    assert arrivals.come(words, "kim").token
    with pytest.raises(NotFound):
        arrivals.come(words, "alex")


def test_a_passkey_takes_the_place_of_a_password(arrivals: Arrivals) -> None:
    town = arrivals.town
    code = town.run(town.identity.make_operator_invite())
    key = NewPasskey(b"key", "credential", 0, "fern")
    signed_in = town.run(town.identity.accept_invite(code, "mara", "", key))
    assert town.run(town.identity.caller(signed_in.token, None)).account_id
    assert not arrivals.signs_in("mara")


def test_two_people_who_want_one_name_get_one_account_and_the_invite_stays(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    town.person("mara")
    code = town.run(town.identity.make_operator_invite())
    for name in ("mara", "mara_", "rnara", "m_ara"):
        with pytest.raises((Conflict, InvalidInput)):
            arrivals.come(code, name)
    assert arrivals.come(code, "juno").account.name == "juno"


def test_of_two_who_take_one_name_in_the_same_moment_one_gets_it(town: Town) -> None:
    codes = [town.run(town.identity.make_operator_invite()) for _ in range(2)]

    async def both() -> list[object]:
        tries = [town.identity.accept_invite(code, "mara", GOOD) for code in codes]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    results = town.run(both())
    assert sum(isinstance(result, Conflict) for result in results) == 1, results
    valid = 0
    for code in codes:
        try:
            town.run(town.identity.invite(code))
            valid += 1
        except NotFound:
            pass
    assert valid == 1, "the invite of who was slower is still good"


def test_two_who_use_the_last_use_at_once_make_one_account(town: Town) -> None:
    code = town.run(town.identity.make_operator_invite())

    async def both() -> list[object]:
        tries = [town.identity.accept_invite(code, name, GOOD) for name in ("mara", "juno")]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    results = town.run(both())
    assert sum(isinstance(result, NotFound) for result in results) == 1, results
    assert len(town.run(town.identity.account_names())) == 1


def test_a_weak_password_uses_no_invite_up(town: Town) -> None:
    code = town.run(town.identity.make_operator_invite())
    with pytest.raises(InvalidInput, match="password-weak"):
        town.run(town.identity.accept_invite(code, "mara", "aaaaaaaaaaaaaaa"))
    assert town.run(town.identity.invite(code)).group is None


def test_somebody_with_an_account_joins_by_an_invite_and_keeps_a_role_they_have(
    town: Town,
) -> None:
    admin, juno = town.person("mara"), town.person("juno")
    group = town.group(admin, facilitator=juno)
    code = town.run(town.identity.make_invite(admin, group.id))
    told = town.told()
    assert town.run(town.identity.join_by_invite(juno, code)) == group
    assert town.run(town.identity.groups_of(juno))[0].role == "facilitator"
    assert town.told() == told
    operator_code = town.run(town.identity.make_operator_invite())
    with pytest.raises(NotFound):
        town.run(town.identity.join_by_invite(juno, operator_code))


def test_who_comes_by_a_suspicious_member_into_a_group_waits_and_is_in_it_then(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    admin = arrivals.old_member("juno")
    group = town.group(admin)
    code = town.run(town.identity.make_invite(admin, group.id))
    town.run(town.identity.set_mark(None, "juno", Mark.SUSPICIOUS, on=True))
    waiting = arrivals.come(code, "kim")
    assert (waiting.token, arrivals.state("kim")) == ("", AccountState.NEW)
    assert not arrivals.signs_in("kim")
    shown = town.run(town.identity.request(waiting.waiting))
    assert (shown.vouch_token, shown.group_slug) == ("", group.slug)
    town.run(town.identity.release(None, "kim"))
    assert arrivals.signs_in("kim")
    assert len(town.run(town.identity.group_page(admin, group.slug)).members) == 2


def test_without_an_invite_nobody_comes_by_default(arrivals: Arrivals) -> None:
    for come in (arrivals.sign_up, arrivals.ask):
        with pytest.raises(NotAllowed, match="invites-only"):
            come("mara")
    arrivals.mode(Mode.REQUEST)
    with pytest.raises(Conflict, match="registration-closed"):
        arrivals.sign_up("mara")


def test_open_registration_makes_accounts_that_invite_nobody_for_two_weeks(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    arrivals.mode(Mode.OPEN)
    who = arrivals.sign_up("mara").caller
    town.clock.turn(days=13)
    with pytest.raises(NotAllowed, match="invites-not-yet"):
        town.run(town.identity.make_own_invite(who))
    town.clock.turn(days=1)
    assert town.run(town.identity.make_own_invite(who)).code


def test_who_came_by_themselves_makes_no_public_links_for_two_weeks(arrivals: Arrivals) -> None:
    town = arrivals.town
    arrivals.mode(Mode.OPEN)
    mara, juno = arrivals.sign_up("mara").caller, town.person("juno")
    (mine,), (theirs,) = (
        town.run(town.identity.group_page(one, town.group(one).slug)).rooms for one in (mara, juno)
    )
    assert town.run(town.identity.make_link(juno, theirs.id, LinkRight.SPEAK))
    town.clock.turn(days=13)
    with pytest.raises(NotAllowed, match="links-not-yet"):
        town.run(town.identity.make_link(mara, mine.id, LinkRight.SPEAK))
    assert town.run(town.identity.links(mara, mine.id)) == []
    town.clock.turn(days=1)
    assert town.run(town.identity.make_link(mara, mine.id, LinkRight.SPEAK))


@pytest.mark.slow
def test_in_a_rush_ten_become_active_in_an_hour_the_rest_wait_and_then_it_closes(
    arrivals: Arrivals,
) -> None:
    arrivals.mode(Mode.OPEN)
    came = []
    for number in range(WAVE_SIGN_UPS):
        came.append(arrivals.sign_up(f"wave_{number:02}x"))
        arrivals.town.clock.turn(minutes=2)
    assert [bool(one.token) for one in came] == [
        number < UNDECIDED_PER_HOUR for number in range(WAVE_SIGN_UPS)
    ]
    shown = arrivals.town.run(arrivals.town.identity.registration())
    assert (shown.mode, shown.why) == (Mode.REQUEST, Why.WAVE)
    with pytest.raises(Conflict, match="registration-closed"):
        arrivals.sign_up("late")


def test_any_hour_has_ten_places_and_not_only_a_full_one(arrivals: Arrivals) -> None:
    arrivals.mode(Mode.OPEN)
    for number in range(UNDECIDED_PER_HOUR):
        assert arrivals.sign_up(f"early_{number}x").token
        arrivals.town.clock.turn(minutes=6)
    assert arrivals.sign_up("eleven").token, "the first is an hour ago by now"
    assert arrivals.sign_up("twelve").waiting


def test_open_registration_that_nobody_looks_after_closes(arrivals: Arrivals) -> None:
    town = arrivals.town
    boss = town.operator("mara")
    arrivals.mode(Mode.OPEN)
    town.clock.turn(days=6)
    town.run(town.identity.queue(boss))
    town.clock.turn(days=6)
    arrivals.sign_up("kim")
    town.clock.turn(days=1)
    with pytest.raises(Conflict, match="registration-closed"):
        arrivals.sign_up("juno")
    shown = town.run(town.identity.registration())
    assert (shown.mode, shown.why) == (Mode.REQUEST, Why.UNATTENDED)
    assert arrivals.ask("juno")


def test_a_request_needs_a_text_and_has_limits(arrivals: Arrivals) -> None:
    arrivals.mode(Mode.REQUEST)
    for body in ("", "  \n ", "x" * 501):
        with pytest.raises(InvalidInput) as refused:
            arrivals.ask("mara", body)
        assert refused.value.values["field"] == "body"
    links = " ".join(["https://spam.example"] * 23)
    assert arrivals.ask("mara", f"{links} <script>")


def test_nothing_tells_after_a_month_who_invited_whom_or_when_somebody_came(
    arrivals: Arrivals,
) -> None:
    town = arrivals.town
    who = arrivals.old_member("juno")
    arrivals.come(town.run(town.identity.make_own_invite(who)).code, "kim")

    def ends(db: Connection) -> list[datetime]:
        kept = (origins, invite_budgets)
        return [at for table in kept for at in db.execute(select(table.c.ends_at)).scalars()]

    found = town.run(town.database.read(ends))
    assert len(found) == 4
    assert max(found) <= town.clock.now() + timedelta(days=30)


def test_the_operator_adds_an_account_that_cannot_sign_in_yet(arrivals: Arrivals) -> None:
    town = arrivals.town
    town.run(town.identity.add_account(" Mara "))
    assert arrivals.state("mara") is AccountState.ACTIVE
    assert not arrivals.signs_in("mara")
    with pytest.raises(Conflict):
        town.run(town.identity.add_account("mara"))
