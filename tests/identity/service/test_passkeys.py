"""Passkeys: made, used, refused."""

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.accounts import STRANGER
from allmende.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn, ProofNeeded
from allmende.identity.model.answers import SecondStep, SignedIn
from allmende.identity.model.passkeys import MAX_PASSKEYS
from allmende.storage.database import Database
from tests.fakes.authenticator import Authenticator
from tests.identity.service.codes import with_passkey
from tests.identity.town import Town


def signed_in_by(town: Town, device: Authenticator, **wrong: object) -> SignedIn | SecondStep:
    asked = town.run(town.identity.asked_passkey())
    answer = device.prove(asked.json, **wrong)
    return town.run(town.identity.sign_in_by_passkey(asked.ticket, answer))


def test_a_passkey_signs_in_without_a_name(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    phone, _ = with_passkey(town, mara), with_passkey(town, juno)
    begun = signed_in_by(town, phone)
    assert isinstance(begun, SignedIn)
    assert begun.account.name == "mara"
    who = town.run(town.identity.caller(begun.token, None))
    assert who == begun.caller
    town.run(town.identity.require_strong(who))


def test_what_the_browser_is_asked_for_says_no_name_and_prefers_a_finger(town: Town) -> None:
    mara = town.person("mara")
    with_passkey(town, mara)
    asked = json.loads(town.run(town.identity.asked_passkey()).json)
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "preferred")
    assert not asked.get("allowCredentials")
    options = json.loads(town.run(town.identity.own_passkey_options(mara)).json)
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert len(options["excludeCredentials"]) == 1
    assert "mara" not in options["user"]["id"]


def test_options_for_a_name_tell_not_whether_it_is_taken(town: Town) -> None:
    with_passkey(town, town.person("mara"))
    known, unknown = (
        json.loads(town.run(town.identity.passkey_options(name)).json) for name in ("mara", "kim")
    )
    assert known.keys() == unknown.keys()
    assert known["excludeCredentials"] == unknown["excludeCredentials"] == []


def test_a_person_has_several_each_with_the_name_of_a_plant(town: Town) -> None:
    mara = town.person("mara")
    first, second = with_passkey(town, mara), with_passkey(town, mara)
    assert {len(one.label) > 0 for one in town.run(town.identity.passkeys(mara))} == {True}
    for device in (first, second):
        assert isinstance(signed_in_by(town, device), SignedIn)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost:9999"},
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.create"},
        {"handle": b"somebody else"},
    ],
)
def test_a_proof_for_another_page_account_or_question_is_refused(
    town: Town, wrong: dict[str, object]
) -> None:
    phone = with_passkey(town, town.person("mara"))
    with pytest.raises(InvalidInput, match="passkey-refused"):
        signed_in_by(town, phone, **wrong)
    assert isinstance(signed_in_by(town, phone), SignedIn)


@pytest.mark.parametrize(
    "wrong", [{"origin": "http://evil.example"}, {"rp_id": "evil.example"}, {"challenge": "AAAA"}]
)
def test_a_passkey_made_elsewhere_is_refused(town: Town, wrong: dict[str, object]) -> None:
    mara = town.person("mara")
    options = town.run(town.identity.own_passkey_options(mara))
    answer = Authenticator().make(options.json, **wrong)
    with pytest.raises(InvalidInput, match="passkey-refused"):
        town.run(town.identity.add_passkey(mara, options.ticket, answer))
    assert town.run(town.identity.passkeys(mara)) == []


def test_a_count_that_went_back_is_a_copy_and_refused(town: Town) -> None:
    phone = with_passkey(town, town.person("mara"))
    signed_in_by(town, phone)
    phone.uses -= 2
    with pytest.raises(InvalidInput, match="passkey-refused"):
        signed_in_by(town, phone)


def test_a_device_that_does_not_count_signs_in_again_and_again(town: Town) -> None:
    phone = with_passkey(town, town.person("mara"), Authenticator(counts=False))
    for _ in range(3):
        assert isinstance(signed_in_by(town, phone), SignedIn)


def test_an_answer_is_taken_once_and_in_time(town: Town) -> None:
    phone = with_passkey(town, town.person("mara"), Authenticator(counts=False))
    asked = town.run(town.identity.asked_passkey())
    answer = phone.prove(asked.json)
    town.run(town.identity.sign_in_by_passkey(asked.ticket, answer))
    with pytest.raises(InvalidInput, match="passkey-too-late"):
        town.run(town.identity.sign_in_by_passkey(asked.ticket, answer))
    late = town.run(town.identity.asked_passkey())
    answer = phone.prove(late.json)
    town.clock.turn(minutes=10)
    with pytest.raises(InvalidInput, match="passkey-too-late"):
        town.run(town.identity.sign_in_by_passkey(late.ticket, answer))
    with pytest.raises(InvalidInput, match="passkey-too-late"):
        town.run(town.identity.sign_in_by_passkey("forged", answer))


def test_a_ticket_for_making_proves_nothing_and_one_for_proving_makes_nothing(town: Town) -> None:
    mara = town.person("mara")
    phone = with_passkey(town, mara)
    making = town.run(town.identity.own_passkey_options(mara))
    asked = json.dumps({**json.loads(making.json), "rpId": "localhost"})
    with pytest.raises(InvalidInput, match="passkey-unknown"):
        town.run(town.identity.sign_in_by_passkey(making.ticket, phone.prove(asked)))
    proving = town.run(town.identity.asked_passkey())
    with pytest.raises(InvalidInput, match="passkey-refused"):
        town.run(town.identity.checked_passkey(proving.ticket, phone.make(making.json)))


def test_a_passkey_for_a_name_that_is_not_there_yet_is_checked_for_that_name(town: Town) -> None:
    options = town.run(town.identity.passkey_options(" Kim "))
    answer = Authenticator().make(options.json)
    with pytest.raises(InvalidInput, match="passkey-refused"):
        town.run(town.identity.checked_passkey(options.ticket, answer, "mara"))
    new = town.run(town.identity.checked_passkey(options.ticket, answer, "kim"))
    assert new.credential
    with pytest.raises(InvalidInput, match="passkey-too-late"):
        town.run(town.identity.checked_passkey(options.ticket, answer, "kim"))


def test_one_passkey_belongs_to_one_account(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    phone = with_passkey(town, mara)
    with pytest.raises(Conflict, match="passkey-known"):
        with_passkey(town, juno, phone)


def test_adding_and_removing_need_a_fresh_proof(town: Town) -> None:
    mara = town.person("mara")
    with_passkey(town, mara)
    (one,) = town.run(town.identity.passkeys(mara))
    town.clock.turn(minutes=11)
    with pytest.raises(ProofNeeded):
        with_passkey(town, mara)
    with pytest.raises(ProofNeeded):
        town.run(town.identity.remove_passkey(mara, one.id))
    with pytest.raises(NotSignedIn):
        town.run(town.identity.passkeys(STRANGER))


def test_a_removed_passkey_opens_nothing(town: Town) -> None:
    mara = town.person("mara")
    phone, second = with_passkey(town, mara), with_passkey(town, mara)
    first = town.run(town.identity.passkeys(mara))[0]
    town.run(town.identity.remove_passkey(mara, first.id))
    with pytest.raises(InvalidInput, match="passkey-unknown"):
        signed_in_by(town, phone)
    assert isinstance(signed_in_by(town, second), SignedIn)
    with pytest.raises(NotFound):
        town.run(town.identity.remove_passkey(town.person("juno"), first.id))


def test_the_last_passkey_of_an_operator_without_second_step_stays(town: Town) -> None:
    mara = town.person("mara")
    with_passkey(town, mara)
    (one,) = town.run(town.identity.passkeys(mara))
    with pytest.raises(Conflict, match="second-step-stays"):
        town.run(town.identity.remove_passkey(mara, one.id))
    assert len(town.run(town.identity.passkeys(mara))) == 1


def test_there_is_a_limit(town: Town) -> None:
    mara = town.person("mara")
    for _ in range(MAX_PASSKEYS):
        with_passkey(town, mara)
    with pytest.raises(Exception, match="too-many-passkeys"):
        with_passkey(town, mara)


@given(st.text(max_size=200) | st.builds(json.dumps, st.dictionaries(st.text(), st.text())))
def test_whatever_is_sent_instead_of_an_answer_is_refused(sent: str) -> None:
    # The database is not asked before the answer is read, so none is needed here.
    town = Town(cast("Database", NoDatabase()))
    making = town.run(town.identity.passkey_options("kim"))
    with pytest.raises(InvalidInput):
        town.run(town.identity.checked_passkey(making.ticket, sent))


class NoDatabase:
    """Holds the key of the house and nothing else."""

    async def read(self, question: object) -> object:
        raise AssertionError("not asked")

    async def write(self, change: object) -> bytes:
        return bytes(32)
