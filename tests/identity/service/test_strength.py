"""Fresh proofs, and what somebody can prove themselves with."""

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import NotSignedIn, ProofNeeded
from allmende.identity.model.strength import Proofs
from tests.identity.service.codes import with_second_step
from tests.identity.town import Town


def test_who_has_just_signed_in_has_a_fresh_proof_for_ten_minutes(town: Town) -> None:
    mara = town.person("mara")
    town.clock.turn(minutes=9, seconds=59)
    town.run(town.identity.require_strong(mara))
    town.clock.turn(seconds=1)
    with pytest.raises(ProofNeeded, match="proof-needed"):
        town.run(town.identity.require_strong(mara))
    assert not town.run(town.identity.is_strong(mara))


def test_a_program_with_an_app_password_has_none_and_a_stranger_is_told_to_sign_in(
    town: Town,
) -> None:
    mara = town.person("mara")
    with pytest.raises(ProofNeeded):
        town.run(town.identity.require_strong(Caller(mara.account_id)))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.require_strong(STRANGER))


def test_when_a_proof_was_given_is_forgotten_once_it_is_over(town: Town) -> None:
    town.person("mara"), town.person("juno")
    assert town.run(town.identity.forget_proofs()) == 0
    town.clock.turn(minutes=10)
    assert town.run(town.identity.forget_proofs()) == 2
    assert town.run(town.identity.forget_proofs()) == 0


def test_what_somebody_has(town: Town) -> None:
    mara = town.person("mara")
    assert town.run(town.identity.proofs(mara)) == Proofs(password=True)
    with_second_step(town, mara)
    assert town.run(town.identity.proofs(mara)) == Proofs(password=True, totp=True)
    juno = town.operator("juno")
    town.forget_password(juno)
    assert town.run(town.identity.proofs(juno)) == Proofs(passkeys=1)
