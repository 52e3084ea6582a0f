"""Another password: by oneself, or by a sign-in link of the operator."""

import pytest

from allmende.core.errors import InvalidInput, NotFound, ProofNeeded, TooManyRequests
from tests.identity.town import GOOD, Town

BETTER = "vier gelbe birnen am zaun"


def test_another_password_ends_the_other_sessions_and_not_this_one(town: Town) -> None:
    who = town.person("mara")
    other = town.sign_in("mara")
    with pytest.raises(InvalidInput, match="wrong-password"):
        town.run(town.identity.change_password(who, "wrong", BETTER))
    with pytest.raises(InvalidInput) as refused:
        town.run(town.identity.change_password(who, GOOD, "short"))
    assert refused.value.values["field"] == "new"
    town.run(town.identity.change_password(who, GOOD, BETTER))
    assert town.run(town.identity.caller(other.token, None)).account_id is None
    assert [s.current for s in town.run(town.identity.sessions(who))] == [True]
    assert town.told()[-1] == "identity.SessionRevoked"
    town.sign_in("mara", BETTER)


def test_the_operator_gives_a_link_that_works_once_for_a_day(town: Town) -> None:
    who = town.person("mara")
    old = town.run(town.identity.reset("mara"))
    token = town.run(town.identity.reset("mara"))
    with pytest.raises(NotFound, match="reset-not-valid"):
        town.run(town.identity.reset_of(old))
    assert town.run(town.identity.reset_of(token)).name == "mara"
    signed_in = town.run(town.identity.use_reset(token, BETTER))
    assert signed_in.account.id == who.account_id
    assert [s.current for s in town.run(town.identity.sessions(who))] == [False]
    with pytest.raises(NotFound, match="reset-not-valid"):
        town.run(town.identity.use_reset(token, BETTER))
    late = town.run(town.identity.reset("mara"))
    town.clock.turn(hours=24)
    with pytest.raises(NotFound, match="reset-not-valid"):
        town.run(town.identity.use_reset(late, BETTER))
    with pytest.raises(NotFound, match="no-such-account"):
        town.run(town.identity.reset("nobody"))


def test_who_has_no_password_yet_sets_one_after_a_fresh_proof(town: Town) -> None:
    who = town.operator("mara")
    town.forget_password(who)
    town.run(town.identity.change_password(who, "", GOOD))
    assert town.run(town.identity.proofs(who)).password
    town.forget_password(who)
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.change_password(who, "", GOOD))


def test_guessing_the_old_password_is_slowed_down(town: Town) -> None:
    who = town.person("mara")
    for _ in range(10):
        with pytest.raises(InvalidInput):
            town.run(town.identity.change_password(who, "wrong", BETTER))
    with pytest.raises(TooManyRequests):
        town.run(town.identity.change_password(who, GOOD, BETTER))


def test_a_sign_in_link_ends_what_could_sign_in_before(town: Town) -> None:
    who = town.operator("mara")
    token = town.run(town.identity.reset("mara"))
    signed_in = town.run(town.identity.use_reset(token, BETTER))
    assert not town.run(town.identity.proofs(signed_in.caller)).second
    assert town.run(town.identity.passkeys(who)) == []
    assert town.told()[-3:] == [
        "identity.SessionRevoked",
        "identity.CredentialRevoked",
        "identity.CertificateRevoked",
    ]
