import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.webkit.proofofwork import USES_PER_DOUBLING, VALID_S, Challenge, ProofOfWork
from tests.webkit.house import Build, TurnableClock


def solve(challenge: Challenge, /, **other: object) -> str:
    number = next(
        number
        for number in range(challenge.maxnumber + 1)
        if hashlib.sha256(f"{challenge.salt}{number}".encode()).hexdigest() == challenge.challenge
    )
    answer = {
        "algorithm": challenge.algorithm,
        "challenge": challenge.challenge,
        "number": number,
        "salt": challenge.salt,
        "signature": challenge.signature,
        "took": 12,
    }
    return base64.b64encode(json.dumps({**answer, **other}).encode()).decode()


@pytest.fixture
def proof(clock: TurnableClock) -> ProofOfWork:
    return ProofOfWork(clock, base_max_number=50)


def refusal(proof: ProofOfWork, payload: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        proof.require(payload)
    assert refused.value.values == {"field": "proof"}
    return refused.value.message_id


def test_an_answer_counts_once(proof: ProofOfWork) -> None:
    payload = solve(proof.challenge())
    proof.require(payload)
    assert refusal(proof, payload) == "web.proof-old"


def test_an_answer_is_over_after_five_minutes(proof: ProofOfWork, clock: TurnableClock) -> None:
    in_time, too_late = solve(proof.challenge()), solve(proof.challenge())
    clock.turn(VALID_S)
    proof.require(in_time)
    clock.turn(1)
    assert refusal(proof, too_late) == "web.proof-old"


@pytest.mark.parametrize(
    "other",
    [
        {"number": 51},
        {"number": -1},
        {"number": "1"},
        {"algorithm": "MD5"},
        {"signature": "0" * 64},
        {"signature": "ü"},
        {"salt": "00?expires=99999999999&"},
        {"challenge": "0" * 64},
    ],
)
def test_a_changed_answer_is_refused(proof: ProofOfWork, other: dict[str, object]) -> None:
    assert refusal(proof, solve(proof.challenge(), **other)) == "web.proof-failed"


def test_digits_cannot_move_from_the_salt_into_the_number(proof: ProofOfWork) -> None:
    challenge = proof.challenge()
    longer = challenge.salt.removesuffix("&")
    assert refusal(proof, solve(challenge, salt=longer)) == "web.proof-failed"


def test_an_answer_to_another_house_is_refused(proof: ProofOfWork, clock: TurnableClock) -> None:
    other = ProofOfWork(clock, base_max_number=50)
    assert refusal(proof, solve(other.challenge())) == "web.proof-failed"


def test_it_gets_harder_with_use_and_easier_again(proof: ProofOfWork, clock: TurnableClock) -> None:
    assert proof.max_number() == 50
    for _ in range(USES_PER_DOUBLING):
        proof.require(solve(proof.challenge()))
    assert proof.max_number() == 100
    clock.turn(601)
    assert proof.max_number() == 50


def test_used_answers_are_forgotten_when_they_are_over(
    proof: ProofOfWork, clock: TurnableClock
) -> None:
    for _ in range(3):
        proof.require(solve(proof.challenge()))
        clock.turn(VALID_S + 1)
    assert len(proof._used) == 1


@given(st.text(max_size=2000) | st.binary(max_size=600).map(lambda b: base64.b64encode(b).decode()))
def test_any_payload_is_refused_with_a_sentence(payload: str) -> None:
    proof = ProofOfWork(TurnableClock(), base_max_number=50)
    assert refusal(proof, payload) == "web.proof-failed"


def test_the_challenge_is_fetched_as_json(house: Build, proof: ProofOfWork) -> None:
    client = house(routes=list(proof.routes())).client()
    challenge = client.get("/api/v1/challenge").json()
    proof.require(solve(Challenge(**challenge)))
    assert challenge["algorithm"] == "SHA-256"
    assert challenge["salt"].endswith("&")
