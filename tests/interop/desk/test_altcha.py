"""Proof of work beside PyPI ``altcha``: it solves our challenge, and checks our solver."""

import base64
import json
import secrets
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from altcha import v1 as altcha

from allmende.core.clock import SystemClock
from allmende.core.errors import InvalidInput
from allmende.webkit.proofofwork import ProofOfWork
from tests.servers import HOUSE

pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None or not (HOUSE / "node_modules").exists(),
        reason="MISSING: node, node_modules (npm ci); see tools/foreign.sh",
    ),
]

MOST = 5_000


def test_altcha_solves_our_challenge_and_we_accept_it_once() -> None:
    proof = ProofOfWork(SystemClock(), base_max_number=MOST)
    ours = msgspec.structs.asdict(proof.challenge())
    solved = altcha.solve_challenge(ours["challenge"], ours["salt"], "SHA-256", MOST)
    assert solved is not None
    said = {**ours, "number": solved.number, "took": solved.took}
    payload = base64.b64encode(json.dumps(said).encode()).decode()
    proof.require(payload)
    with pytest.raises(InvalidInput, match="used before"):
        proof.require(payload)


def test_our_solver_answers_a_challenge_of_altcha_and_altcha_agrees() -> None:
    key = secrets.token_hex(16)
    theirs = altcha.create_challenge(
        altcha.ChallengeOptions(
            hmac_key=key, max_number=MOST, expires=datetime.now(UTC) + timedelta(minutes=5)
        )
    )
    asked = {"salt": theirs.salt, "challenge": theirs.challenge, "maxnumber": MOST}
    command = ["node", "tests/interop/desk/solve.mjs", json.dumps(asked)]
    ran = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=60, check=True)
    said = {
        "algorithm": theirs.algorithm,
        "challenge": theirs.challenge,
        "number": json.loads(ran.stdout),
        "salt": theirs.salt,
        "signature": theirs.signature,
    }
    payload = base64.b64encode(json.dumps(said).encode()).decode()
    assert altcha.verify_solution(payload, key) == (True, None)
    assert not altcha.verify_solution(payload, "another key")[0]
