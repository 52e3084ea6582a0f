"""Accounts: invites, signing in, passwords, the operator's help."""

import asyncio

import pytest
from sqlalchemy import Connection, select, text

from allmende.core.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from allmende.identity.store.tables.accounts import invites
from allmende.identity.store.tables.proofs import sessions, sign_in_links
from tests.identity.town import GOOD, Town


def test_the_first_start_gives_one_invite_and_then_none(town: Town) -> None:
    code = town.run(town.identity.first_start())
    assert code is not None
    assert len(code) == 22
    assert town.run(town.identity.first_start()) is None
    signed_in = town.run(town.identity.accept_invite(code, "mara", GOOD))
    who = town.run(town.identity.caller(signed_in.token, None))
    assert town.run(town.identity.person(who)).operator
    assert town.told() == ["identity.AccountMade"]
    town.clock.turn(days=8)
    assert town.run(town.identity.first_start()) is None


def test_an_unused_first_invite_is_made_anew_once_it_is_over(town: Town) -> None:
    assert town.run(town.identity.first_start())
    town.clock.turn(days=8)
    assert town.run(town.identity.first_start())


def test_an_invite_into_a_group_makes_a_member_who_is_no_operator(town: Town) -> None:
    admin = town.person("mara")
    group = town.group(admin)
    code = town.run(town.identity.make_invite(admin, group.id, uses=1))
    shown = town.run(town.identity.invite(code))
    assert (shown.group, shown.role) == (group, "member")
    signed_in = town.run(town.identity.accept_invite(code, "juno", GOOD))
    who = town.run(town.identity.caller(signed_in.token, None))
    assert not town.run(town.identity.person(who)).operator
    assert [m.role for m in town.run(town.identity.groups_of(who))] == ["member"]
    assert town.told()[-2:] == ["identity.AccountMade", "identity.MembershipChanged"]
    with pytest.raises(NotFound, match="invite-not-valid"):
        town.run(town.identity.accept_invite(code, "kim", GOOD))


@pytest.mark.parametrize("code", ["", "nonsense", "\ud800", "x" * 10_000])
def test_codes_that_were_never_given_are_not_valid(town: Town, code: str) -> None:
    with pytest.raises(NotFound, match="invite-not-valid"):
        town.run(town.identity.invite(code))


def test_an_invite_ends_by_time_and_by_hand(town: Town) -> None:
    admin = town.person("mara")
    group = town.group(admin)
    over = town.run(town.identity.make_invite(admin, group.id, days=1))
    town.clock.turn(days=1)
    revoked = town.run(town.identity.make_invite(admin, group.id))
    page = town.run(town.identity.group_page(admin, group.slug))
    assert len(page.invites) == 1
    town.run(town.identity.revoke_invite(admin, group.id, page.invites[0].id))
    for code in (over, revoked):
        with pytest.raises(NotFound, match="invite-not-valid"):
            town.run(town.identity.accept_invite(code, "juno", GOOD))


def test_two_people_who_want_one_name_get_one_account_and_the_invite_stays(town: Town) -> None:
    town.person("mara")
    code = town.run(town.identity.make_operator_invite())
    for name in ("mara", "mara_", "rnara", "m_ara"):
        with pytest.raises((Conflict, InvalidInput)):
            town.run(town.identity.accept_invite(code, name, GOOD))
    assert town.run(town.identity.accept_invite(code, "juno", GOOD)).account.name == "juno"


def test_a_weak_password_uses_no_invite_up(town: Town) -> None:
    code = town.run(town.identity.make_operator_invite())
    with pytest.raises(InvalidInput, match="password-weak"):
        town.run(town.identity.accept_invite(code, "mara", "aaaaaaaaaaaaaaa"))
    assert town.run(town.identity.invite(code)).group is None


def test_somebody_with_an_account_joins_by_an_invite_and_keeps_a_role_they_have(town: Town) -> None:
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


def test_signing_in_needs_the_name_and_the_password(town: Town) -> None:
    who = town.person("mara")
    signed_in = town.run(town.identity.sign_in(" Mara ", GOOD, brief=False))
    again = town.run(town.identity.caller(signed_in.token, None))
    assert again.account_id == who.account_id
    assert again.session_id != who.session_id
    for name, password in (("mara", GOOD + "x"), ("nobody", GOOD), ("", "")):
        with pytest.raises(InvalidInput, match="wrong-name-or-password"):
            town.run(town.identity.sign_in(name, password, brief=False))


def test_guessing_is_slowed_down_for_unknown_names_too(town: Town) -> None:
    for _ in range(10):
        with pytest.raises(InvalidInput):
            town.run(town.identity.sign_in("nobody", "x", brief=False, caller_key="here"))
    with pytest.raises(TooManyRequests):
        town.run(town.identity.sign_in("nobody", "x", brief=False, caller_key="here"))


def test_another_password_ends_the_other_sessions_and_not_this_one(town: Town) -> None:
    who = town.person("mara")
    other = town.run(town.identity.sign_in("mara", GOOD, brief=False))
    better = "vier gelbe birnen am zaun"
    with pytest.raises(InvalidInput, match="wrong-password"):
        town.run(town.identity.change_password(who, "wrong", better))
    with pytest.raises(InvalidInput) as refused:
        town.run(town.identity.change_password(who, GOOD, "short"))
    assert refused.value.values["field"] == "new"
    town.run(town.identity.change_password(who, GOOD, better))
    assert town.run(town.identity.caller(other.token, None)).account_id is None
    assert [s.current for s in town.run(town.identity.sessions(who))] == [True]
    assert town.told()[-1] == "identity.SessionRevoked"
    town.run(town.identity.sign_in("mara", better, brief=False))


def test_the_operator_gives_a_link_that_works_once_for_a_day(town: Town) -> None:
    who = town.person("mara")
    old = town.run(town.identity.reset("mara"))
    token = town.run(town.identity.reset("mara"))
    with pytest.raises(NotFound, match="reset-not-valid"):
        town.run(town.identity.reset_of(old))
    assert town.run(town.identity.reset_of(token)).name == "mara"
    better = "vier gelbe birnen am zaun"
    signed_in = town.run(town.identity.use_reset(token, better))
    assert signed_in.account.id == who.account_id
    assert [s.current for s in town.run(town.identity.sessions(who))] == [False]
    with pytest.raises(NotFound, match="reset-not-valid"):
        town.run(town.identity.use_reset(token, better))
    late = town.run(town.identity.reset("mara"))
    town.clock.turn(hours=24)
    with pytest.raises(NotFound, match="reset-not-valid"):
        town.run(town.identity.use_reset(late, better))
    with pytest.raises(NotFound, match="no-such-account"):
        town.run(town.identity.reset("nobody"))


def test_a_removed_account_leaves_no_name_and_nobody_can_take_it(town: Town) -> None:
    admin, juno = town.person("mara"), town.person("juno")
    group = town.group(admin, member=juno)
    with pytest.raises(Conflict, match="last-admin"):
        town.run(town.identity.remove_account("mara"))
    town.run(town.identity.remove_account("juno"))
    assert town.told()[-2:] == ["identity.MembershipChanged", "identity.AccountGone"]
    assert len(town.run(town.identity.group_page(admin, group.slug)).members) == 1
    assert town.run(town.identity.account_names()) == ["mara"]
    with pytest.raises(InvalidInput):
        town.run(town.identity.sign_in("juno", GOOD, brief=False))
    code = town.run(town.identity.make_operator_invite())
    with pytest.raises(Conflict, match="name-taken"):
        town.run(town.identity.accept_invite(code, "juno", GOOD))

    def names(db: Connection) -> list[str]:
        return list(db.execute(text("SELECT name FROM identity_account")).scalars())

    assert not [name for name in town.run(town.database.read(names)) if "juno" in name]


def test_no_token_is_stored(town: Town) -> None:
    code = town.run(town.identity.make_operator_invite())
    signed_in = town.run(town.identity.accept_invite(code, "mara", GOOD))
    reset = town.run(town.identity.reset("mara"))

    def rows(db: Connection) -> str:
        return str([db.execute(select(t)).all() for t in (sessions, invites, sign_in_links)])

    kept = town.run(town.database.read(rows))
    assert not [token for token in (code, signed_in.token, reset) if token in kept]


def test_two_who_use_the_last_use_at_once_make_one_account(town: Town) -> None:
    code = town.run(town.identity.make_operator_invite())

    async def both() -> list[object]:
        tries = [town.identity.accept_invite(code, name, GOOD) for name in ("mara", "juno")]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    results = town.run(both())
    assert sum(isinstance(result, NotFound) for result in results) == 1, results
    assert len(town.run(town.identity.account_names())) == 1
